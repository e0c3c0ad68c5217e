import { Fault } from '../../core/fault.ts';
import type { Tree } from '../../tree/capture.ts';
import type { BootFiles } from './boot-files.ts';

/** Where on a disk what lies, in bytes; all but the table's backup at its end on whole MiB. */
export interface DiskLayout {
  readonly size: number;
  readonly efi: { readonly offset: number; readonly size: number };
  readonly root: { readonly offset: number; readonly size: number };
  /** How many inodes the root file system has. */
  readonly inodes: number;
  /** Of its journal. */
  readonly journal: number;
}

export const BLOCK = 4096;
const MIB = 1024 * 1024;
const INODE = 256;
/** mke2fs's own ratio. */
const BYTES_PER_INODE = 16_384;
/** FAT32 has no fewer than 65,525 clusters, of 512 bytes at least. */
const SMALLEST_EFI = 64 * MIB;
const GROUP = 128 * MIB;

/** Lays a disk out for a tree; `DISK_TOO_SMALL` says how large it must be for it. */
export function layOut(tree: Pick<Tree, 'whole'>, boot: BootFiles, size: number): DiskLayout {
  const loaded = (boot.kernel.size ?? 0) + (boot.initrd.size ?? 0);
  const efiSize = Math.max(SMALLEST_EFI, mebibytes(loaded * 1.05 + 8 * MIB));
  const offset = MIB + efiSize;
  const whole = Math.floor(size / MIB) * MIB;
  const rootSize = whole - MIB - offset;
  const inodes = inodesFor(tree, rootSize);
  const journal = journalFor(rootSize);
  const used = usedBy(tree);
  const needed = used + overhead(rootSize, inodes, journal);
  if (needed > rootSize) {
    throw tooSmall(size, smallest(tree, used, offset));
  }
  return {
    size: whole,
    efi: { offset: MIB, size: efiSize },
    root: { offset, size: rootSize },
    inodes,
    journal,
  };
}

/** The fault of a disk that its tree does not fit on; `needed` in bytes where that is known. */
export function tooSmall(size: number, needed: number | undefined, said: readonly string[] = []): Fault {
  const asked = `a disk of ${size} bytes is too small for the image’s files`;
  if (needed === undefined)
    return new Fault('DISK_TOO_SMALL', asked, {
      hint: 'Raise `disk: { size: … }` in the template.',
      details: said,
    });
  const inMib = Math.ceil(needed / MIB);
  return new Fault('DISK_TOO_SMALL', `${asked}: at least ${inMib} MiB are needed`, {
    hint: `Raise \`disk: { size: ${Math.ceil((inMib * 1.25) / 1024)}G }\` in the template: what it writes needs room as well.`,
    details: said,
  });
}

function inodesFor({ whole = [] }: Pick<Tree, 'whole'>, rootSize: number): number {
  return Math.max(Math.ceil(rootSize / BYTES_PER_INODE), Math.ceil(whole.length * 1.25) + 1024);
}

function journalFor(rootSize: number): number {
  return (rootSize >= 2048 * MIB ? 64 : 16) * MIB;
}

/** What its files and folders take: content in whole blocks, shared content once. */
function usedBy({ whole = [] }: Pick<Tree, 'whole'>): number {
  const counted = new Set<number>();
  const names = new Map<string, number>();
  let blocks = 0;
  for (const { entry, content } of whole) {
    const parent = entry.path.slice(0, Math.max(0, entry.path.lastIndexOf('/')));
    names.set(parent, (names.get(parent) ?? 24) + 12 + Buffer.byteLength(entry.path) - parent.length);
    if (entry.type === 'symlink' && (entry.target ?? '').length >= 60) blocks++;
    if (content === undefined || counted.has(content.offset)) continue;
    if (content.size > 0) counted.add(content.offset);
    blocks += Math.ceil(content.size / BLOCK);
  }
  // A folder's blocks are never quite full.
  for (const length of names.values()) blocks += Math.ceil((length * 1.1) / BLOCK);
  return blocks * BLOCK;
}

/** Tables, bitmaps and copies of the superblock with room to grow, in the amounts that mke2fs makes. */
function overhead(rootSize: number, inodes: number, journal: number): number {
  const groups = Math.ceil(rootSize / GROUP);
  return inodes * INODE + journal + groups * 3 * BLOCK + Math.min(rootSize * 0.005, 16 * MIB) + 2 * MIB;
}

function smallest(tree: Pick<Tree, 'whole'>, used: number, offset: number): number {
  let rootSize = used;
  for (let round = 0; round < 8; round++)
    rootSize = used + overhead(rootSize, inodesFor(tree, rootSize), journalFor(rootSize));
  return offset + rootSize + 2 * MIB;
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / MIB) * MIB;
}
