import { chmod, open, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import { makeFolder, syncFolder } from '../../core/durable-folder.ts';
import { digestOfFile } from '../../core/file-digest.ts';
import { fullDisk } from '../../core/full-disk.ts';
import { withLock } from '../../core/lock.ts';
import { asLine, markOf, ownersIn, readMark, writeMark } from './image-mark.ts';

/** The disk, and the kernel and the initrd that start it, by what comes after its name. */
export const PARTS = ['', '.kernel', '.initrd'] as const;

const DEADLINE_MS = 30_000;

/**
 * Moves a disk with its kernel and initrd to where images are kept. When the very same disk is there already, nothing is
 * moved: it is a record's, or else becomes this owner's too.
 *
 * @param from path of the finished disk on the same file system, `to` the path where it will be found
 * @param owner whose it is until it is kept; a file `TO.new` says so as long
 */
export async function placeImage(from: string, to: string, digest: Digest, owner: string): Promise<void> {
  const folder = dirname(to);
  await makeFolder(folder);
  await withImageFolder(folder, async (signal) => {
    const isThere = (await digestOfFile(to, signal).catch(() => undefined)) === digest;
    const mark = await readMark(to);
    if (!isThere || mark !== undefined) {
      try {
        await writeMark(to, [...ownersIn(mark ?? ''), owner].map(asLine));
      } catch (error) {
        throw fullDisk(error, to);
      }
    }
    // The disk comes last: where it is, all of it is.
    for (const part of isThere ? [] : [...PARTS].reverse()) {
      await chmod(`${from}${part}`, 0o444);
      await rename(`${from}${part}`, `${to}${part}`);
    }
    // The one who came first may have been killed before it did so.
    await syncFolder(folder);
  });
}

/** Removes what `placeImage` moved for this owner, unless it was kept or is somebody else's too. */
export async function removeImage(to: string, owner: string): Promise<void> {
  await changeImage(to, async () => {
    const owners = ownersIn((await readMark(to)) ?? '');
    const others = owners.filter((one) => one !== asLine(owner));
    if (others.length === owners.length) return;
    if (others.length > 0) await writeMark(to, others);
    else await removeFiles(to);
  });
}

/** Removes an image whose owners are all gone, unless its mark says something else by now, or it was kept. */
export async function removeAbandoned(to: string, mark: string): Promise<void> {
  await changeImage(to, async () => {
    if ((await readMark(to)) === mark) await removeFiles(to);
  });
}

async function changeImage(to: string, change: () => Promise<void>): Promise<void> {
  const folder = dirname(to);
  await withImageFolder(folder, change);
  // Other disks of this tree may be in it.
  await rmdir(folder).catch(() => {});
}

/** The mark comes last: as long as anything is there, it is found by that. */
async function removeFiles(to: string): Promise<void> {
  for (const part of PARTS) await rm(`${to}${part}`, { force: true });
  await rm(markOf(to), { force: true });
}

/** Waits until a file's bytes are on disk. */
export async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } catch (error) {
    throw fullDisk(error, file);
  } finally {
    await handle.close();
  }
}

/** Runs `work` while nobody else puts anything into a folder of images or takes it away; it has to be quick. */
export async function withImageFolder<T>(
  folder: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  return await withLock(join(folder, 'lock'), signal, () => work(signal));
}
