import { type FileHandle, open } from 'node:fs/promises';
import { crc32c } from './crc32c.ts';
import type { ExtVolume } from './debugfs.ts';

/** What an inode says beside its type and content; `time` in whole seconds is all of its four times. */
export interface InodeAttributes {
  /** Permission bits with setuid, setgid and sticky (0o7777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly time: number;
  /** Major and minor, of what is a device already. */
  readonly device?: readonly [number, number];
}

interface Layout {
  readonly blockSize: number;
  readonly inodeSize: number;
  readonly inodesPerGroup: number;
  readonly descriptorSize: number;
  /** Byte of the file where the group descriptors begin. */
  readonly descriptors: number;
  /** What every inode's checksum begins with; undefined without checksums. */
  readonly seed: number | undefined;
}

/** Inodes that are read and written at once. */
const BATCH = 4096;
const SUPERBLOCK = 1024;
const METADATA_CSUM = 0x400;
const CSUM_SEED = 0x2000;

/**
 * Sets attributes of inodes straight in the inode tables of an ext4 that nothing has open: what mke2fs takes from the
 * files that it copies depends on who staged them and when, and debugfs needs a command for each field of each.
 * Offsets and checksums are those of the kernel's `Documentation/filesystems/ext4`.
 */
export async function setAttributes(
  { file, offset }: ExtVolume,
  attributes: ReadonlyMap<number, InodeAttributes>,
): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const layout = await readLayout(handle, offset);
    const inodes = [...attributes.keys()].sort((a, b) => a - b);
    for (let at = 0; at < inodes.length; ) {
      const first = inodes[at] as number;
      const group = Math.floor((first - 1) / layout.inodesPerGroup);
      const end = Math.min(first + BATCH, (group + 1) * layout.inodesPerGroup + 1);
      const last = inodes.findLast((inode) => inode < end) as number;
      const place = await inodePlace(handle, offset, layout, first);
      const table = await readAt(handle, place, (last - first + 1) * layout.inodeSize);
      for (; at < inodes.length && (inodes[at] as number) <= last; at++) {
        const inode = inodes[at] as number;
        const from = (inode - first) * layout.inodeSize;
        const bytes = table.subarray(from, from + layout.inodeSize);
        setOne(bytes, attributes.get(inode) as InodeAttributes);
        if (layout.seed !== undefined) setChecksum(bytes, inode, layout.seed);
      }
      await handle.write(table, 0, table.length, place);
    }
  } finally {
    await handle.close();
  }
}

async function readLayout(handle: FileHandle, offset: number): Promise<Layout> {
  const superblock = await readAt(handle, offset + SUPERBLOCK, 1024);
  const blockSize = 1024 << superblock.readUInt32LE(24);
  const seedIsStored = (superblock.readUInt32LE(96) & CSUM_SEED) !== 0;
  const uuid = superblock.subarray(104, 120);
  const seed = seedIsStored ? superblock.readUInt32LE(0x270) : crc32c(0xffffffff, uuid);
  return {
    blockSize,
    inodeSize: superblock.readUInt16LE(88),
    inodesPerGroup: superblock.readUInt32LE(40),
    descriptorSize: superblock.readUInt16LE(254) || 32,
    descriptors: offset + (superblock.readUInt32LE(20) + 1) * blockSize,
    seed: (superblock.readUInt32LE(100) & METADATA_CSUM) === 0 ? undefined : seed,
  };
}

/** The byte of the file where an inode lies. */
async function inodePlace(
  handle: FileHandle,
  offset: number,
  layout: Layout,
  inode: number,
): Promise<number> {
  const group = Math.floor((inode - 1) / layout.inodesPerGroup);
  const { descriptorSize: size } = layout;
  const descriptor = await readAt(handle, layout.descriptors + group * size, size);
  const high = size >= 64 ? descriptor.readUInt32LE(0x28) : 0;
  const table = high * 2 ** 32 + descriptor.readUInt32LE(8);
  return offset + table * layout.blockSize + ((inode - 1) % layout.inodesPerGroup) * layout.inodeSize;
}

function setOne(inode: Buffer, { mode, uid, gid, time, device }: InodeAttributes): void {
  inode.writeUInt16LE((inode.readUInt16LE(0) & 0o170000) | mode, 0);
  inode.writeUInt16LE(uid & 0xffff, 2);
  inode.writeUInt16LE(gid & 0xffff, 24);
  inode.writeUInt16LE(uid >>> 16, 120);
  inode.writeUInt16LE(gid >>> 16, 122);
  // 32 bits with a sign, and two more with the nanoseconds; access, change, modification, and that of its making.
  const low = time | 0;
  const high = Math.round((time - low) / 2 ** 32) & 3;
  for (const at of [8, 12, 16, 144]) inode.writeInt32LE(low, at);
  for (const at of [132, 136, 140, 148]) inode.writeUInt32LE(high, at);
  if (device !== undefined) setDevice(inode, device);
}

/** Small numbers in one word, all others in the next: `ext4_iget` in the kernel's `fs/ext4/inode.c`. */
function setDevice(inode: Buffer, [major, minor]: readonly [number, number]): void {
  const isSmall = major < 256 && minor < 256;
  inode.writeUInt32LE(isSmall ? (major << 8) | minor : 0, 40);
  inode.writeUInt32LE(isSmall ? 0 : ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0, 44);
}

function setChecksum(bytes: Buffer, inode: number, seed: number): void {
  bytes.writeUInt16LE(0, 124);
  bytes.writeUInt16LE(0, 130);
  const number = Buffer.alloc(4);
  number.writeUInt32LE(inode);
  const generation = bytes.subarray(100, 104);
  const sum = crc32c(crc32c(crc32c(seed, number), generation), bytes);
  bytes.writeUInt16LE(sum & 0xffff, 124);
  bytes.writeUInt16LE(sum >>> 16, 130);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead !== length) throw new Error(`the volume is cut short at ${position}`);
  return buffer;
}
