import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from './fault.ts';
import { fullDisk } from './full-disk.ts';

/** What a person wants to be written to a folder, `report`, and the option that the folder was named with, `--report`. */
export interface NamedFolder {
  readonly what: string;
  readonly option: string;
}

/** Makes a folder that a person has named, an absolute path, with those above it; `USAGE` where nothing can be written. */
export async function makeNamedFolder(path: string, named: NamedFolder): Promise<void> {
  try {
    await makeFolders(path);
    await access(path, constants.W_OK);
  } catch (error) {
    throw unwritable(path, named, error);
  }
}

/** The fault for what the system says when nothing can be written to a folder; any other error as it is. */
export function unwritable(path: string, { what, option }: NamedFolder, error: unknown): unknown {
  const known = fullDisk(error, path);
  if (known instanceof Fault || (error as NodeJS.ErrnoException).syscall === undefined) return known;
  return new Fault('USAGE', `no ${what} can be written to ${path}: ${(error as Error).message}`, {
    hint: `Name with ${option} a folder that you may write to; it is made when it is not there.`,
    cause: error,
  });
}

/** Not by `recursive`, which tries for ever where the system lets nothing be made, as in /proc. */
async function makeFolders(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeFolders(dirname(path));
    await makeFolder(path);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory() !== true) throw error;
  }
}
