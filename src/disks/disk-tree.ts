import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Scope } from '../core/scope.ts';
import type { TarMember } from '../core/tar/member.ts';
import type { TreeSource } from '../tree/source.ts';
import { convertDisk } from './convert-disk.ts';
import type { ExtVolume } from './debugfs.ts';
import { type DiskFormat, unreadable } from './disk-info.ts';
import { hostTool } from './host-tool.ts';
import { readPartitions, rootCandidates } from './partitions.ts';
import { readVolume } from './read-volume.ts';
import { readSuperblock } from './superblock.ts';

/**
 * The file tree of a disk's root file system (ext2, ext3 or ext4), read on this host without root, mounts or a boot.
 *
 * Each reading makes a sparse copy in `work` and removes it; the scope, where there is one, does when the reading is
 * given up. A disk as it was while its machine ran reads like one whose power failed: its journal is applied to the
 * copy. `DISK_UNREADABLE` for any other file system and for what is damaged.
 */
export function diskTree(
  disk: { readonly file: string; readonly format: DiskFormat },
  work: string,
  scope?: Scope,
): TreeSource {
  return { read: (signal) => readDisk(disk, work, scope, signal) };
}

async function* readDisk(
  disk: { readonly file: string; readonly format: DiskFormat },
  work: string,
  scope: Scope | undefined,
  signal: AbortSignal,
): AsyncGenerator<TarMember> {
  signal.throwIfAborted();
  await mkdir(work, { recursive: true });
  const copy = join(work, `disk-${randomUUID()}.raw`);
  const remove = () => rm(copy, { force: true });
  const forget = scope?.defer(`copy of the disk ${disk.file}`, remove, `rm -f ${copy}`);
  try {
    await convertDisk({ from: disk, to: { file: copy, format: 'raw' }, outOfOrder: true, signal });
    const volume = await rootVolume(copy, disk.file, signal);
    yield* readVolume(volume, signal);
  } finally {
    await remove();
    forget?.();
  }
}

/** The root file system of a raw disk, with all that its journal holds in its place; `name` is what it is called in faults. */
async function rootVolume(file: string, name: string, signal: AbortSignal): Promise<ExtVolume> {
  const partitions = await readPartitions(file, signal);
  // A disk may be a file system as a whole, which may look like an empty table.
  const offsets = partitions.length === 0 ? [0] : rootCandidates(partitions).map(({ offset }) => offset);
  const others: string[] = [];
  for (const offset of offsets) {
    const superblock = await readSuperblock(file, offset);
    if (typeof superblock === 'string') {
      others.push(superblock);
      continue;
    }
    if (superblock.needsRecovery) await replayJournal({ file, offset }, name, signal);
    return { file, offset };
  }
  throw unreadable(name, `there is no ext4 root file system on it, but ${others.join(', ')}`);
}

async function replayJournal({ file, offset }: ExtVolume, name: string, signal: AbortSignal): Promise<void> {
  const argv = ['-p', '-E', 'journal_only', `${basename(file)}?offset=${offset}`];
  await hostTool('e2fsck', argv, {
    signal,
    cwd: dirname(file),
    accept: [0, 1],
    explain: (said, exitCode) =>
      exitCode === undefined || /no space left/i.test(said)
        ? undefined
        : unreadable(name, 'its journal cannot be applied', said),
  });
}
