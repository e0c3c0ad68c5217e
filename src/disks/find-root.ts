import { randomUUID } from 'node:crypto';
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { convertDisk } from './convert-disk.ts';
import { type DiskFile, diskInfo, unreadable } from './disk-info.ts';
import { type Partition, readPartitions, rootCandidates } from './partitions.ts';
import { readSuperblock, SUPERBLOCK_END, type Superblock } from './superblock.ts';

/** Where the root file system of a disk lies, in bytes of what a machine sees. */
export interface RootPlace extends Superblock {
  readonly offset: number;
  readonly size: number;
}

const MIB = 1024 * 1024;

/**
 * Finds the root file system of a disk by reading only its beginning and that of its partitions; `DISK_UNREADABLE` when
 * there is none of ext2, ext3 or ext4. A disk may be a file system as a whole.
 */
export async function findRoot(disk: DiskFile, work: string, signal: AbortSignal): Promise<RootPlace> {
  const { virtualSize } = await diskInfo(disk.file, signal, disk.format);
  const peek = async <T>(offset: number, length: number, look: (file: string) => Promise<T>): Promise<T> => {
    const file = join(work, `peek-${randomUUID()}.raw`);
    const part = { offset, size: Math.min(length, Math.floor((virtualSize - offset) / 512) * 512) };
    try {
      await convertDisk({ from: { ...disk, part }, to: { file, format: 'raw' }, signal });
      return await look(file);
    } finally {
      await rm(file, { force: true });
    }
  };
  const partitions = await peek(0, MIB, async (head) => {
    // What is told of the table depends on where the disk ends.
    await truncate(head, virtualSize);
    return rootCandidates(await readPartitions(head, signal));
  });
  const whole: Partition = { offset: 0, size: virtualSize, type: '' };
  const others: string[] = [];
  for (const { offset, size } of partitions.length === 0 ? [whole] : partitions) {
    if (offset + size > virtualSize) continue;
    const found = await peek(offset, SUPERBLOCK_END, readSuperblock);
    if (typeof found !== 'string') return { ...found, offset, size };
    others.push(found);
  }
  throw unreadable(disk.file, `there is no ext4 root file system on it, but ${others.join(', ')}`);
}
