import { readdirSync, rmdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OWNER_NAME, ownerFromName, ownName } from './owner-name.ts';
import { ownerLives } from './process-owner.ts';

const WORK = 'work';
const NAME = new RegExp(`^${OWNER_NAME}$`);

const ours = new Set<string>();

/**
 * The folder below `$KILN_HOME` for this process's large temporary files; whoever writes there makes it. It has its
 * owner's name, so that what a killed process has left can be told from what a living one uses; a process that ends
 * leaves none that is empty.
 */
export function ownWork(home: string): string {
  const folder = join(home, WORK, ownName());
  if (ours.size === 0) process.once('exit', removeEmpty);
  ours.add(folder);
  return folder;
}

/** The folders that processes have left in `$KILN_HOME` that were killed. */
export async function abandonedWork(home: string, lives = ownerLives): Promise<string[]> {
  const names = await readdir(join(home, WORK)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  const abandoned: string[] = [];
  for (const name of names.sort()) {
    if (NAME.test(name) && !(await lives(ownerFromName(name)))) abandoned.push(join(home, WORK, name));
  }
  return abandoned;
}

function removeEmpty(): void {
  for (const folder of ours) {
    try {
      if (readdirSync(folder).length === 0) rmdirSync(folder);
    } catch {
      // It was never made, or it is gone with all around it.
    }
  }
}
