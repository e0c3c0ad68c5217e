import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ImageRecord } from '../../catalogue/record.ts';
import { Fault } from '../../core/fault.ts';
import { newBakeId } from '../../core/ids.ts';
import type { Scope } from '../../core/scope.ts';
import { diskTree } from '../../disks/disk-tree.ts';
import { captureTree, type Tree } from '../../tree/capture.ts';
import type { TreeSource } from '../../tree/source.ts';
import { Spool } from '../../tree/spool.ts';
import { assertUnaltered } from '../launch/assert-unaltered.ts';
import type { ExportPorts } from './export-ports.ts';
import { imageDisk, noForm } from './image-disk.ts';
import { measure } from './measured.ts';
import { progress } from './progress.ts';

/** What it takes to read a tree. */
export type TreePorts = Pick<ExportPorts, 'home' | 'work' | 'engine' | 'onProgress'>;

/**
 * Reads an image's file tree from whichever of its forms is here, its disk first, which needs no engine. All of it is in
 * a file without a name afterwards, which goes with the scope. `IMAGE_ALTERED` when it is not the record's tree.
 */
export async function imageTree(
  record: ImageRecord,
  ports: ExportPorts,
  scope: Scope,
  signal: AbortSignal,
): Promise<Tree> {
  const source = await treeSource(record, ports, scope, signal);
  const spool = await Spool.create(join(ports.work, `export-${randomUUID()}`));
  scope.defer('copy of the tree', () => spool[Symbol.asyncDispose]());
  const reading = progress(ports.onProgress, `${record.name}: reading its tree`, record.bytes);
  const tree = await captureTree(counted(source, reading), {
    base: [],
    content: 'whole',
    epoch: Number.MAX_SAFE_INTEGER,
    spool,
    signal,
  });
  if (tree.digest === record.digest) return tree;
  throw new Fault('IMAGE_ALTERED', `what was read of ${record.name} is not the tree of its record`, {
    details: [`it is ${tree.digest}`, `the record says ${record.digest}`],
    hint: `Restore it from a backup, or bake a new image: \`bake image ${record.template}\`.`,
  });
}

/** The tree as a stream: checked are the bytes of the form that it is read from, not yet the tree itself. */
export async function treeSource(
  record: ImageRecord,
  { home, work, engine, onProgress }: TreePorts,
  scope: Scope,
  signal: AbortSignal,
): Promise<TreeSource> {
  const inEngine = record.forms.some(({ kind }) => kind === 'oci');
  const disk = await imageDisk(record, home).catch((error: unknown) => {
    if (inEngine && error instanceof Fault && error.code === 'FORM_MISSING') return undefined;
    throw error;
  });
  if (disk !== undefined) {
    const checking = progress(onProgress, `${record.name}: checking its disk`, disk.size);
    await measure(disk.read(checking, signal));
    return diskTree({ file: disk.file, format: 'qcow2' }, work, scope);
  }
  if (!inEngine) throw noForm(record, 'oci', 'tar');
  const images = await engine(signal);
  const { id } = await assertUnaltered(record, images, signal);
  return await images.readTree(id, newBakeId(), scope, signal);
}

/** The same tree; `onBytes` hears how many bytes of its files were read. */
export function counted(source: TreeSource, onBytes: (bytes: number) => void): TreeSource {
  return {
    async *read(signal) {
      let bytes = 0;
      async function* body(pieces: AsyncIterable<Buffer>) {
        for await (const piece of pieces) {
          bytes += piece.length;
          onBytes(bytes);
          yield piece;
        }
      }
      for await (const member of source.read(signal)) yield { ...member, body: body(member.body) };
    },
  };
}
