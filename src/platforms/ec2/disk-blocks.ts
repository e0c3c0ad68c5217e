import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Bytes of a block of a snapshot, as "Concepts for EBS direct APIs" has it; nothing smaller can be written or read. */
export const BLOCK = 512 * 1024;
const GIB = 1024 ** 3;
const ZEROS = Buffer.alloc(BLOCK);

/** Where a file has data, in bytes; all else is zeros. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** The size of the volume that so many bytes need: whole GiB. */
export function volumeSize(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / GIB));
}

/** The indexes of all blocks that hold some of the data, ascending. */
export function blocksOf(extents: readonly Extent[]): number[] {
  const blocks = new Set<number>();
  for (const { offset, length } of extents) {
    for (let index = Math.floor(offset / BLOCK); index * BLOCK < offset + length; index++) blocks.add(index);
  }
  return [...blocks].sort((a, b) => a - b);
}

/** One block of a disk; after the disk's end come zeros. */
export async function readBlock(disk: FileHandle, index: number): Promise<Buffer> {
  const block = Buffer.alloc(BLOCK);
  for (let filled = 0; filled < BLOCK; ) {
    const { bytesRead } = await disk.read(block, filled, BLOCK - filled, index * BLOCK + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return block;
}

export function isZeros(block: Buffer): boolean {
  return block.equals(ZEROS);
}

export function checksumOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/**
 * The checksum over those of all blocks that are written, in the order of their indexes: the linear method of
 * CompleteSnapshot, which takes their bytes and not their text.
 */
export function linearChecksum(checksums: readonly Buffer[]): Buffer {
  return checksumOf(Buffer.concat(checksums));
}
