import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImageRecord } from '../../catalogue/record.ts';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import { newBakeId } from '../../core/ids.ts';
import type { Scope } from '../../core/scope.ts';
import { recordedScope } from '../recorded-scope.ts';
import { exportDisk } from './export-disk.ts';
import { assertExportable, type ExportFormat, type ExportRequest, isDisk } from './export-format.ts';
import type { ExportPorts } from './export-ports.ts';
import { imageTree } from './image-tree.ts';
import { type Measured, measured } from './measured.ts';
import { newOutput } from './new-output.ts';
import { ociArchive } from './oci-archive.ts';
import { progress } from './progress.ts';
import { type Archive, treeArchive } from './tree-archive.ts';

/** What was written. */
export interface Exported {
  /** `web@7` */
  readonly image: string;
  readonly format: ExportFormat;
  /** Absolute; nothing for stdout. */
  readonly file?: string;
  readonly bytes: number;
  /** Of the file's bytes, in hex. */
  readonly sha256: string;
  /** The content digest: the image's identity. */
  readonly digest: Digest;
}

/**
 * Writes an image as a disk, a tar of its tree or a container image, from the very bytes of its record. The file is whole
 * or not there. `USAGE`, `FORM_MISSING`, `IMAGE_ALTERED`, `FILE_MISSING`, `DISK_FULL`.
 */
export async function exportImage(
  request: ExportRequest,
  ports: ExportPorts,
  signal: AbortSignal,
): Promise<Exported> {
  assertExportable(request);
  const record = await ports.catalogue.get(request.image);
  await noteRevocation(record, ports);
  const run = { run: newBakeId(), what: `export of ${record.name}` };
  await using scope = recordedScope(ports.home, run, ports.onCleanup);
  scope.intend({ kind: 'uses', image: record.name, digest: record.digest });
  const { digest, bytes } = await write(record, request, ports, scope, signal);
  return {
    image: record.name,
    format: request.format,
    ...(request.file === undefined ? {} : { file: request.file }),
    bytes,
    sha256: digest.replace(/^sha256:/, ''),
    digest: record.digest,
  };
}

async function write(
  record: ImageRecord,
  request: ExportRequest,
  ports: ExportPorts,
  scope: Scope,
  signal: AbortSignal,
): Promise<ReturnType<Measured['result']>> {
  const { format, file, force } = request;
  const output = file === undefined ? undefined : await newOutput(file, force, scope);
  if (isDisk(format)) {
    if (output === undefined) throw new Error('a disk needs a file');
    const made = await exportDisk(record, { ...request, format }, output, ports, signal);
    await output.finish();
    return made;
  }
  const archive = await archiveOf(record, format, ports, scope, signal);
  const writing = progress(ports.onProgress, `${record.name}: writing`, archive.length);
  const { pieces, result } = measured(archive.bytes(), writing);
  if (output === undefined) await writeTo(ports.stdout, pieces, signal);
  else await output.write(pieces, signal);
  await output?.finish();
  return result();
}

async function archiveOf(
  record: ImageRecord,
  format: 'tar' | 'oci',
  ports: ExportPorts,
  scope: Scope,
  signal: AbortSignal,
): Promise<Archive> {
  try {
    if (format === 'oci') return await ociArchive(record, ports, scope, signal);
    return treeArchive(await imageTree(record, ports, scope, signal));
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'DISK_FULL') throw error;
    throw new Fault(
      'DISK_FULL',
      `no space is left to read ${record.name}: it is laid aside while it is sorted`,
      {
        hint: 'Free some space in $KILN_HOME, or where the engine keeps its data.',
        details: error.details,
        cause: error,
      },
    );
  }
}

async function writeTo(
  stdout: Writable,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await pipeline(Readable.from(pieces, { objectMode: false }), stdout, { signal, end: false });
  } catch (error) {
    signal.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC')
      throw new Fault('DISK_FULL', 'no space is left for what stdout is written to', { cause: error });
    if (code !== 'EPIPE') throw error;
    throw new Fault('INTERRUPTED', 'whoever read stdout went away before the end', { cause: error });
  }
}

/** It is not a launch, so it is told and not refused. */
async function noteRevocation(record: ImageRecord, { catalogue, note }: ExportPorts): Promise<void> {
  const revoked = await catalogue.revocationOf(record);
  if (revoked === undefined) return;
  const { image, by, at, reason } = revoked;
  const which = image === record.name ? '' : ` as ${image},`;
  note(`note: ${record.name} is revoked,${which} by ${by} on ${at.slice(0, 10)}: ${reason}`);
}
