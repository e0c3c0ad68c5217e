import type { TarHeader, TarMember } from './member.ts';
import { decodeName } from './name.ts';

const BLOCK = 512;
/** A pax or GNU header longer than this is no name or attribute of a real file. */
const MAX_EXTENDED = 4 * 1024 * 1024;

const TYPES: Record<string, TarHeader['type']> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/** What pax and GNU headers say of the member that follows them. */
interface Extension {
  path?: Buffer;
  target?: Buffer;
  size?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  xattrs?: Record<string, string>;
}

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

/** Bytes that fill a body of `size` up to whole blocks. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function parseHeader(block: Buffer, flag: string, extension: Extension): TarHeader {
  const known = TYPES[flag];
  if (known === undefined) throw new Error(`tar: member type '${flag}' is not supported`);
  const path = decodeName(extension.path ?? ustarPath(block));
  // Before POSIX a folder was a file whose name ends with a slash.
  const type = known === 'file' && path.endsWith('/') ? 'directory' : known;
  const size = extension.size ?? readNumber(block, 124, 12);
  const target = extension.target ?? untilNul(block.subarray(157, 257));
  return {
    path: cleanPath(path),
    type,
    mode: readNumber(block, 100, 8) & 0o7777,
    uid: extension.uid ?? readNumber(block, 108, 8),
    gid: extension.gid ?? readNumber(block, 116, 8),
    size: type === 'file' ? size : 0,
    mtime: extension.mtime ?? readNumber(block, 136, 12),
    ...(type === 'symlink' ? { target: decodeName(target) } : {}),
    ...(type === 'hardlink' ? { target: cleanPath(decodeName(target)) } : {}),
    ...(type === 'character' || type === 'block'
      ? { device: [readNumber(block, 329, 8), readNumber(block, 337, 8)] as const }
      : {}),
    ...(extension.xattrs === undefined ? {} : { xattrs: extension.xattrs }),
  };
}

function ustarPath(block: Buffer): Buffer {
  const name = untilNul(block.subarray(0, 100));
  const prefix = untilNul(block.subarray(345, 500));
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  return isUstar && prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : name;
}

function cleanPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error(`tar: the path ${path} leads out of the archive`);
  return parts.join('/');
}

/** pax records: `LENGTH KEY=VALUE\n`, where the value may be any bytes. */
function parsePax(body: Buffer): Extension {
  const extension: Extension = {};
  const xattrs: Record<string, string> = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = Number(body.toString('latin1', at, space));
    const equals = body.indexOf(0x3d, space);
    const end = at + length;
    if (space < 0 || equals < 0 || !Number.isSafeInteger(length) || equals >= end || end > body.length)
      throw new Error('tar: broken pax header');
    const key = body.toString('utf8', space + 1, equals);
    const value = Buffer.from(body.subarray(equals + 1, end - 1));
    at = end;
    if (key === 'path') extension.path = value;
    else if (key === 'linkpath') extension.target = value;
    else if (key === 'size' || key === 'uid' || key === 'gid') extension[key] = decimal(value);
    else if (key === 'mtime') extension.mtime = Math.floor(decimal(value));
    else if (key.startsWith('GNU.sparse.')) throw new Error('tar: sparse members are not supported');
    else if (key.startsWith('SCHILY.xattr.'))
      xattrs[key.slice('SCHILY.xattr.'.length)] = value.toString('base64');
  }
  return Object.keys(xattrs).length > 0 ? { ...extension, xattrs } : extension;
}

function decimal(value: Buffer): number {
  const number = Number(value.toString('latin1'));
  if (!Number.isFinite(number) || value.length === 0) throw new Error('tar: broken pax header');
  return number;
}

/** An octal field, or GNU's base-256 where the first bit is set. */
function readNumber(block: Buffer, offset: number, length: number): number {
  const first = block[offset] ?? 0;
  if ((first & 0x80) === 0) {
    const text = block.toString('latin1', offset, offset + length).replace(/[\0 ]+/g, '');
    const value = text === '' ? 0 : Number.parseInt(text, 8);
    if (Number.isNaN(value)) throw new Error(`tar: ${JSON.stringify(text)} is no octal number`);
    return value;
  }
  let value = first === 0xff ? -1 : first & 0x7f;
  for (let at = offset + 1; at < offset + length; at++) value = value * 256 + (block[at] ?? 0);
  return value;
}

function verifyChecksum(block: Buffer): void {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  if (sum !== readNumber(block, 148, 8))
    throw new Error('tar: a header checksum is wrong; this is no tar or it is damaged');
}

function isZero(block: Buffer): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0);
}

function untilNul(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end));
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

/** A stream of chunks, asked for by length. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Exactly `length` bytes; undefined when the stream ended before the first of them. */
  async take(length: number): Promise<Buffer | undefined> {
    if (this.#chunk.length >= length) return this.#cut(length);
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#chunk.length === 0 && !(await this.#pull())) {
        if (missing === length) return undefined;
        throw new Error('tar: the stream is cut short');
      }
      const part = this.#cut(missing);
      missing -= part.length;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  /** What is at hand, from 1 byte to `most`. */
  async some(most: number): Promise<Buffer> {
    if (this.#chunk.length === 0 && !(await this.#pull())) throw new Error('tar: the stream is cut short');
    return this.#cut(most);
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) left -= (await this.some(left)).length;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #cut(most: number): Buffer {
    const piece = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(piece.length);
    return piece;
  }

  async #pull(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return false;
      if (value.length === 0) continue;
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      return true;
    }
  }
}
