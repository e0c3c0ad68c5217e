import { open } from 'node:fs/promises';

/** What of an ext2, ext3 or ext4 superblock says how to read it. */
export interface Superblock {
  /** What is in the journal is not yet in its place. */
  readonly needsRecovery: boolean;
}

/** Bytes from the beginning of a file system that say what it is. */
export const SUPERBLOCK_END = 0x10200;

const AT = 1024;
const MAGIC = 0xef53;
const RECOVER = 0x4;

/** What other file systems, and what may lie between, begin with. */
const OTHERS: readonly { name: string; at: number; magic: string }[] = [
  { name: 'XFS', at: 0, magic: 'XFSB' },
  { name: 'an encrypted volume (LUKS)', at: 0, magic: 'LUKS' },
  { name: 'an LVM volume', at: 512, magic: 'LABELONE' },
  { name: 'btrfs', at: 0x10040, magic: '_BHRfS_M' },
  { name: 'SquashFS', at: 0, magic: 'hsqs' },
  { name: 'FAT', at: 82, magic: 'FAT32' },
  { name: 'FAT', at: 54, magic: 'FAT1' },
];

/** The ext superblock of what begins with this file, or the name of what is there instead. */
export async function readSuperblock(file: string): Promise<Superblock | string> {
  const handle = await open(file, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(SUPERBLOCK_END), 0, SUPERBLOCK_END, 0);
    if (buffer.readUInt16LE(AT + 56) === MAGIC)
      return { needsRecovery: (buffer.readUInt32LE(AT + 96) & RECOVER) !== 0 };
    const other = OTHERS.find(({ at, magic }) => buffer.toString('latin1', at, at + magic.length) === magic);
    return other?.name ?? 'nothing known';
  } finally {
    await handle.close();
  }
}
