import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ImageRecord, OciImageForm } from '../../catalogue/record.ts';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import { type Extent, Spool } from '../../tree/spool.ts';
import { assertUnaltered } from '../launch/assert-unaltered.ts';
import type { ExportPorts } from './export-ports.ts';
import { noForm } from './image-disk.ts';
import { ociLayout } from './oci-layout.ts';
import { progress } from './progress.ts';
import { type Blobs, readBlobs } from './saved-image.ts';
import type { Archive } from './tree-archive.ts';

/**
 * An image's container image as an OCI image layout. What the engine gives is taken by its digests: the config's is the
 * record's, and the config names those of the layers.
 */
export async function ociArchive(
  record: ImageRecord,
  { engine, work, onProgress }: ExportPorts,
  scope: Scope,
  signal: AbortSignal,
): Promise<Archive> {
  const form = record.forms.find((one): one is OciImageForm => one.kind === 'oci');
  if (form === undefined) throw noForm(record, 'oci', 'oci');
  const images = await engine(signal);
  const { id, diffIds } = await assertUnaltered(record, images, signal);
  const spool = await Spool.create(join(work, `export-${randomUUID()}`));
  scope.defer('copy of the container image', () => spool[Symbol.asyncDispose]());
  const reading = progress(onProgress, `${record.name}: reading it from the engine`, record.bytes);
  const blobs = await readBlobs(images.save(id, signal), spool, reading).catch((error: unknown) => {
    throw brokenOff(error, record, signal);
  });
  const config = await buffer(spool.read(found(blobs, id, record)));
  const layers = diffIds.map((digest) => {
    const extent = found(blobs, digest, record);
    return { digest, size: extent.size, read: () => spool.read(extent) };
  });
  return ociLayout({ config, layers, tag: form.tag });
}

/** What is no fault of the engine's own, and no error of a file, is an archive that is none. */
function brokenOff(error: unknown, { name }: ImageRecord, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof Fault || !(error instanceof Error) || 'code' in error) return error;
  return new Fault('ENGINE_FAILED', `the engine’s archive of ${name} cannot be read`, {
    details: [error.message],
    hint: 'Try again, and see whether the engine still runs with `bake doctor`.',
    cause: error,
  });
}

function found(blobs: Blobs, digest: Digest, { name, template }: ImageRecord): Extent {
  const extent = blobs.get(digest);
  if (extent !== undefined) return extent;
  throw new Fault('IMAGE_ALTERED', `what the engine gives as ${name} is not what it says that it has`, {
    details: [`nothing in it is ${digest}`],
    hint: `Its storage is damaged, or not supported (\`bake doctor\`): bake a new image, \`bake image ${template}\`.`,
  });
}
