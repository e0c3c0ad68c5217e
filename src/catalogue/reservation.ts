import { link, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, syncFolder } from '../core/durable-folder.ts';
import { fullDisk } from '../core/full-disk.ts';
import { processLives } from '../core/process-owner.ts';

/** A version that is this process's alone until it is released. */
export interface Reservation {
  readonly version: number;
  /** Makes `file` appear with all of `text` in it, on disk; it never replaces a file that is there. */
  fill(text: string, file: string): Promise<void>;
  /** Gives the version back when nothing was filled. */
  release(): Promise<void>;
}

/** Everything whose name begins with a number has taken that number: records, reservations, what is set aside or was pruned. */
const TAKEN = /^([1-9][0-9]*)\./;
const RESERVED = '.reserved';

/**
 * Takes the next version in a folder of records, among any number of processes.
 *
 * A reservation is the file `VERSION.reserved`, made so that only one process can make it. One that a killed
 * process left behind costs its number and nothing else. `holder` is written into it, for whoever finds it.
 */
export async function reserveVersion(
  folder: string,
  holder: string,
  namesIn: (folder: string) => Promise<readonly string[]> = readdir,
): Promise<Reservation> {
  await makeFolder(folder);
  for (;;) {
    const version = highest(await namesIn(folder)) + 1;
    const reserved = join(folder, `${version}${RESERVED}`);
    if (!(await createExclusive(reserved, `${JSON.stringify({ pid: process.pid, bake: holder })}\n`)))
      continue;
    // Between the listing and the reservation another process may have published this very number and removed
    // its own reservation.
    if (
      (await namesIn(folder)).some((name) => name !== `${version}${RESERVED}` && numberOf(name) === version)
    ) {
      await rm(reserved, { force: true });
      continue;
    }
    return {
      version,
      fill: (text, file) => fill(reserved, text, file),
      release: () => rm(reserved, { force: true }),
    };
  }
}

/** The template of which a living process is about to publish an image; `records` is the folder of all templates' folders. */
export async function publishingIn(records: string): Promise<string | undefined> {
  const folders = await readdir(records, { withFileTypes: true });
  for (const folder of folders)
    if (folder.isDirectory() && (await isPublishing(join(records, folder.name)))) return folder.name;
  return undefined;
}

/** Whether somebody who lives has reserved a version in a folder of records and has not published it yet. */
async function isPublishing(folder: string): Promise<boolean> {
  const names = new Set(await readdir(folder));
  for (const name of names) {
    if (!name.endsWith(RESERVED) || names.has(`${numberOf(name)}.json`)) continue;
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    // For a moment it holds half a line, and for another the record.
    const pid = /^\{"pid":(\d+),/.exec(text)?.[1];
    if (pid === undefined ? !(await isOld(join(folder, name))) : await processLives(Number(pid))) return true;
  }
  return false;
}

/** Nobody takes this long from the reservation to its first byte, or from the record to the reservation's end. */
const OLD_MS = 3_600_000;

async function isOld(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found === undefined || Date.now() - found.mtimeMs > OLD_MS;
}

function highest(names: readonly string[]): number {
  return names.reduce((found, name) => Math.max(found, numberOf(name)), 0);
}

function numberOf(name: string): number {
  return Number(TAKEN.exec(name)?.[1] ?? 0);
}

async function createExclusive(file: string, text: string): Promise<boolean> {
  try {
    await writeDurably(file, text, 'wx');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The reservation's own file takes the text and then a second name: no reader ever sees half of it. */
async function fill(reserved: string, text: string, file: string): Promise<void> {
  await writeDurably(reserved, text, 'w');
  await link(reserved, file);
  await syncFolder(dirname(file));
}

async function writeDurably(file: string, text: string, flags: 'w' | 'wx'): Promise<void> {
  const handle = await open(file, flags, 0o644);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    if (flags === 'wx') await rm(file, { force: true });
    throw fullDisk(error, file, 'Free some space there; nothing was published.');
  } finally {
    await handle.close();
  }
}
