import { createHash } from 'node:crypto';
import type { Digest } from '../../core/digest.ts';

/** A stream, and what it has come to once it was read. */
export interface Measured {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Throws before all of it was read. */
  result(): { readonly digest: Digest; readonly bytes: number };
}

/** Hashes and counts a stream while somebody else reads it; `onBytes` hears how many have passed. */
export function measured(
  stream: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void = () => {},
): Measured {
  const hash = createHash('sha256');
  let bytes = 0;
  let digest: Digest | undefined;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of stream) {
      hash.update(piece);
      bytes += piece.length;
      onBytes(bytes);
      yield piece;
    }
    digest = `sha256:${hash.digest('hex')}`;
  }
  return {
    pieces: pieces(),
    result() {
      if (digest === undefined) throw new Error('the stream has not been read to its end');
      return { digest, bytes };
    },
  };
}

/** The same of a stream that nobody else wants. */
export async function measure(
  stream: AsyncIterable<Uint8Array>,
  onBytes?: (bytes: number) => void,
): Promise<ReturnType<Measured['result']>> {
  const all = measured(stream, onBytes);
  for await (const _piece of all.pieces);
  return all.result();
}
