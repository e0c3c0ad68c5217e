import { createHash } from 'node:crypto';
import type { Digest } from '../../core/digest.ts';
import { readTar } from '../../core/tar/reader.ts';
import type { Extent, Spool } from '../../tree/spool.ts';

/** Every file of an archive, by its content's digest and not by its name, which each engine chooses in its own way. */
export type Blobs = ReadonlyMap<Digest, Extent>;

/** Reads an archive as `docker save` writes it into a spool; `onBytes` hears how many bytes of its files were read. */
export async function readBlobs(
  archive: AsyncIterable<Uint8Array>,
  spool: Spool,
  onBytes: (bytes: number) => void,
): Promise<Blobs> {
  const blobs = new Map<Digest, Extent>();
  let bytes = 0;
  for await (const { type, size, body } of readTar(archive)) {
    if (type !== 'file') continue;
    const extent = { offset: spool.end, size };
    const hash = createHash('sha256');
    for await (const piece of body) {
      hash.update(piece);
      bytes += piece.length;
      onBytes(bytes);
      await spool.append(piece);
    }
    blobs.set(`sha256:${hash.digest('hex')}`, extent);
  }
  return blobs;
}
