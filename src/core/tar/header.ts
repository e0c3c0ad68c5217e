import type { TarHeader } from './member.ts';
import { decodeName } from './name.ts';

/** Bytes of a block: every header is one, every body fills whole ones. */
export const BLOCK = 512;

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
export interface Extension {
  path?: Buffer;
  target?: Buffer;
  size?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  xattrs?: Record<string, string>;
}

/** Bytes that fill a body of `size` up to whole blocks. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** The header in a block, completed by what a pax or GNU header before it said. */
export function parseHeader(block: Buffer, flag: string, extension: Extension): TarHeader {
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
export function parsePax(body: Buffer): Extension {
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
export function readNumber(block: Buffer, offset: number, length: number): number {
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

/** Throws when a header block is not one. */
export function verifyChecksum(block: Buffer): void {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  if (sum !== readNumber(block, 148, 8))
    throw new Error('tar: a header checksum is wrong; this is no tar or it is damaged');
}

/** A field's bytes up to its first NUL. */
export function untilNul(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end));
}
