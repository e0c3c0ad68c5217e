import { buffer } from 'node:stream/consumers';
import type { TarHeader, TarInput } from '../../../../src/core/tar/member.ts';
import { readTar } from '../../../../src/core/tar/reader.ts';
import { writeTar } from '../../../../src/core/tar/writer.ts';

export interface ReadMember extends TarHeader {
  readonly content: Buffer;
}

/** The bytes in pieces of one size, so that every boundary falls somewhere in a piece. */
export async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** All members of an archive with their bodies. */
export async function readAll(bytes: Buffer, pieceSize = 1000): Promise<ReadMember[]> {
  const members: ReadMember[] = [];
  for await (const { body, ...header } of readTar(inPieces(bytes, pieceSize))) {
    members.push({ ...header, content: await buffer(body) });
  }
  return members;
}

export async function archive(members: readonly TarInput[]): Promise<Buffer> {
  return await buffer(writeTar(members));
}

/** A file's header with nothing special about it. */
export function fileHeader(path: string, size = 0): TarHeader {
  return { path, type: 'file', mode: 0o644, uid: 0, gid: 0, size, mtime: 0 };
}

/** A header with this type flag, these fields written over it, and a checksum that is right. */
export function rawBlock(header: TarHeader, flag: string, fields: readonly [number, string | Buffer][] = []) {
  const block = Buffer.alloc(512);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(header.path, 0, 100);
  block.write(octal(header.mode, 8) + octal(header.uid, 8) + octal(header.gid, 8), 100);
  block.write(octal(header.size, 12) + octal(header.mtime, 12), 124);
  block.write(flag, 156);
  block.write('ustar\x0000', 257);
  for (const [offset, value] of fields) Buffer.from(value as string).copy(block, offset);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A pax header member with these bytes as its records. */
export function paxMember(records: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil(records.length / 512) * 512);
  records.copy(padded);
  return Buffer.concat([rawBlock(fileHeader('pax', records.length), 'x'), padded]);
}

export const END = Buffer.alloc(1024);
