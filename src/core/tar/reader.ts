import { ByteQueue } from './byte-queue.ts';
import {
  BLOCK,
  type Extension,
  padding,
  parseHeader,
  parsePax,
  readNumber,
  untilNul,
  verifyChecksum,
} from './header.ts';
import type { TarMember } from './member.ts';

/** A pax or GNU header longer than this is no name or attribute of a real file. */
const MAX_EXTENDED = 4 * 1024 * 1024;

/**
 * Reads a tar stream (ustar, pax and GNU long names) member by member, without holding a body in memory.
 *
 * Byte-exact where general readers are not: names that are no UTF-8 and binary attributes such as
 * `security.capability` arrive as they are. A body that is left unread is passed over. Throws a plain Error on
 * a stream that is cut short or is no tar; one without the blocks that end an archive counts as cut short.
 */
export async function* readTar(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember, void, void> {
  const bytes = new ByteQueue(stream);
  try {
    let extension: Extension = {};
    let ended = false;
    for (let block = await bytes.take(BLOCK); block !== undefined; block = await bytes.take(BLOCK)) {
      ended = isZero(block);
      if (ended) continue;
      verifyChecksum(block);
      const flag = String.fromCharCode(block[156] ?? 0);
      if (flag === 'x' || flag === 'L' || flag === 'K' || flag === 'g') {
        const body = await readExtended(bytes, readNumber(block, 124, 12));
        if (flag === 'x') Object.assign(extension, parsePax(body));
        if (flag === 'L') extension.path = untilNul(body);
        if (flag === 'K') extension.target = untilNul(body);
        continue;
      }
      const header = parseHeader(block, flag, extension);
      extension = {};
      const body = new Body(bytes, header.size);
      yield { ...header, body };
      await body.leave();
      await bytes.skip(padding(header.size));
    }
    if (!ended) throw new Error('tar: the stream is cut short');
  } finally {
    await bytes.close();
  }
}

function isZero(block: Buffer): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0);
}

async function readExtended(bytes: ByteQueue, size: number): Promise<Buffer> {
  if (size > MAX_EXTENDED) throw new Error(`tar: an extended header of ${size} bytes`);
  const body = await bytes.take(size);
  if (body === undefined) throw new Error('tar: the stream is cut short');
  await bytes.skip(padding(size));
  return body;
}

/** A member's body: reads from the shared queue, at most to the member's end. */
class Body implements AsyncIterable<Buffer> {
  readonly #bytes: ByteQueue;
  #left: number;

  constructor(bytes: ByteQueue, size: number) {
    this.#bytes = bytes;
    this.#left = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    while (this.#left > 0) {
      const piece = await this.#bytes.some(this.#left);
      this.#left -= piece.length;
      yield piece;
    }
  }

  async leave(): Promise<void> {
    await this.#bytes.skip(this.#left);
    this.#left = 0;
  }
}
