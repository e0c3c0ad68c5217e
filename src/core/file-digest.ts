import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Digest } from './digest.ts';

/** The digest of a file's bytes, which are streamed; an errno of the file system when it cannot be read. */
export async function digestOfFile(path: string, signal: AbortSignal): Promise<Digest> {
  const hash = createHash('sha256');
  const pieces = createReadStream(path, { highWaterMark: 1024 * 1024, signal });
  for await (const piece of pieces as AsyncIterable<Buffer>) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}
