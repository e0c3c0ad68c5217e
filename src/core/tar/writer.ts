import { BLOCK, padding } from './header.ts';
import type { TarHeader, TarInput } from './member.ts';
import { encodeName } from './name.ts';

const MAX_OCTAL_7 = 0o7777777;
const MAX_OCTAL_11 = 0o77777777777;

const FLAGS: Record<TarHeader['type'], string> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** The two zero blocks that end an archive. */
export const TAR_END: Uint8Array = Buffer.alloc(2 * BLOCK);

/**
 * Writes members as a pax archive in the order given; equal members give equal bytes.
 *
 * Only what ustar's fields cannot hold goes into a pax header. Throws when a body has not `size` bytes.
 */
export async function* writeTar(
  members: Iterable<TarInput> | AsyncIterable<TarInput>,
): AsyncGenerator<Uint8Array> {
  for await (const member of members) yield* writeMember(member);
  yield TAR_END;
}

/** One member without the archive's end. */
export async function* writeMember(member: TarInput): AsyncGenerator<Uint8Array> {
  yield headerBytes(member);
  if (member.type !== 'file' || member.size === 0) return;
  let written = 0;
  for await (const piece of bodyOf(member)) {
    written += piece.length;
    yield piece;
  }
  if (written !== member.size) {
    throw new Error(`tar: ${member.path} was to have ${member.size} bytes and had ${written}`);
  }
  yield Buffer.alloc(padding(member.size));
}

/** How many bytes a member takes in the archive: header, body and padding. */
export function memberLength(header: TarHeader): number {
  return headerBytes(header).length + header.size + padding(header.size);
}

/** A member's header blocks, the pax header before it included. */
export function headerBytes(header: TarHeader): Buffer {
  const path = encodeName(
    header.type === 'directory' ? `${header.path === '' ? '.' : header.path}/` : header.path,
  );
  const target = encodeName(header.target ?? '');
  const extended = paxRecords(header, path, target);
  const block = ustarBlock(header, FLAGS[header.type], path, target, header.size);
  if (extended.length === 0) return block;
  const pax = ustarBlock(
    { ...PAX_HEADER, type: 'file' },
    'x',
    Buffer.from('pax'),
    Buffer.alloc(0),
    extended.length,
  );
  return Buffer.concat([pax, extended, Buffer.alloc(padding(extended.length)), block]);
}

const PAX_HEADER = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };

async function* bodyOf(member: TarInput): AsyncGenerator<Uint8Array> {
  if (member.body === undefined) return;
  if (member.body instanceof Uint8Array) yield member.body;
  else yield* member.body;
}

function paxRecords(header: TarHeader, path: Buffer, target: Buffer): Buffer {
  const records: Buffer[] = [];
  if (path.length > 100) records.push(paxRecord('path', path));
  if (target.length > 100) records.push(paxRecord('linkpath', target));
  if (header.size > MAX_OCTAL_11) records.push(paxRecord('size', Buffer.from(String(header.size))));
  if (header.uid > MAX_OCTAL_7) records.push(paxRecord('uid', Buffer.from(String(header.uid))));
  if (header.gid > MAX_OCTAL_7) records.push(paxRecord('gid', Buffer.from(String(header.gid))));
  for (const [name, value] of Object.entries(header.xattrs ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    records.push(paxRecord(`SCHILY.xattr.${name}`, Buffer.from(value, 'base64')));
  }
  return Buffer.concat(records);
}

function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function ustarBlock(
  header: Pick<TarHeader, 'mode' | 'uid' | 'gid' | 'mtime' | 'type' | 'device'>,
  flag: string,
  path: Buffer,
  target: Buffer,
  size: number,
): Buffer {
  const block = Buffer.alloc(BLOCK);
  path.copy(block, 0, 0, Math.min(path.length, 100));
  writeOctal(block, 100, 8, header.mode);
  writeOctal(block, 108, 8, Math.min(header.uid, MAX_OCTAL_7));
  writeOctal(block, 116, 8, Math.min(header.gid, MAX_OCTAL_7));
  writeOctal(block, 124, 12, Math.min(size, MAX_OCTAL_11));
  writeOctal(block, 136, 12, Math.min(Math.max(header.mtime, 0), MAX_OCTAL_11));
  block.write(flag, 156, 'latin1');
  target.copy(block, 157, 0, Math.min(target.length, 100));
  block.write('ustar\x0000', 257, 'latin1');
  if (header.device !== undefined) {
    writeOctal(block, 329, 8, header.device[0]);
    writeOctal(block, 337, 8, header.device[1]);
  }
  writeChecksum(block);
  return block;
}

function writeOctal(block: Buffer, offset: number, length: number, value: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
}

function writeChecksum(block: Buffer): void {
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
