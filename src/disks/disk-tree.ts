import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Scope } from '../core/scope.ts';
import { shellQuote } from '../core/shell-quote.ts';
import type { TarMember } from '../core/tar/member.ts';
import type { TreeSource } from '../tree/source.ts';
import { convertDisk } from './convert-disk.ts';
import { type DiskFile, unreadable } from './disk-info.ts';
import { findRoot } from './find-root.ts';
import { hostTool } from './host-tool.ts';
import { readVolume } from './read-volume.ts';

/**
 * The file tree of a disk's root file system (ext2, ext3 or ext4), read on this host without root, mounts or a boot.
 *
 * Each reading makes a sparse copy of it in `work` and removes it; the scope, where there is one, does when the reading
 * is given up. A disk as it was while its machine ran reads like one whose power failed: its journal is applied to the
 * copy. `DISK_UNREADABLE` for any other file system and for what is damaged.
 */
export function diskTree(disk: DiskFile, work: string, scope?: Scope): TreeSource {
  return { read: (signal) => readDisk(disk, work, scope, signal) };
}

async function* readDisk(
  disk: DiskFile,
  work: string,
  scope: Scope | undefined,
  signal: AbortSignal,
): AsyncGenerator<TarMember> {
  signal.throwIfAborted();
  await mkdir(work, { recursive: true });
  const copy = join(work, `disk-${randomUUID()}.raw`);
  const remove = () => rm(copy, { force: true });
  const forget = scope?.defer(`copy of the disk ${disk.file}`, remove, `rm -f ${shellQuote(copy)}`);
  try {
    const { needsRecovery, ...part } = await findRoot(disk, work, signal);
    const to = { file: copy, format: 'raw' } as const;
    await convertDisk({ from: { ...disk, part }, to, outOfOrder: true, signal });
    if (needsRecovery) await replayJournal(copy, disk.file, signal);
    yield* readVolume({ file: copy, offset: 0 }, signal);
  } finally {
    await remove();
    forget?.();
  }
}

/**
 * Puts what a file system's journal holds in its place. The copy is of the file system alone: e2fsck loses its way when
 * it lies at an offset (1.47.0).
 */
async function replayJournal(copy: string, name: string, signal: AbortSignal): Promise<void> {
  await hostTool('e2fsck', ['-p', '-E', 'journal_only', `./${basename(copy)}`], {
    signal,
    cwd: dirname(copy),
    accept: [0, 1],
    explain: (said, exitCode) =>
      exitCode === undefined || /no space left/i.test(said)
        ? undefined
        : unreadable(name, 'its journal cannot be applied', said),
  });
}
