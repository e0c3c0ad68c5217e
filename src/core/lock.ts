import { readFile, rm } from 'node:fs/promises';
import { createNewFile } from './new-file.ts';
import { ownerLives, ownerOf } from './process-owner.ts';
import { sleep } from './wait.ts';

const POLL_MS = 200;
/** What the file is called that is there while a lock is taken away from a process that is gone. */
export const TAKEOVER = '.takeover';
/** What is over sooner is not worth a word. */
const FIRST_WORD = 2;

/**
 * Runs `work` while no other process, and no other call in this one, runs under the same lock file.
 *
 * The file holds which process its owner is, whole, as one without an owner's id would never be taken over; one whose
 * owner is gone is taken over. `onWait` hears once that it is another's.
 */
export async function withLock<T>(
  file: string,
  signal: AbortSignal,
  work: () => Promise<T>,
  onWait: (owner: number) => void = () => {},
): Promise<T> {
  for (let waits = 0; !(await tryLock(file)); waits++) {
    if (waits === FIRST_WORD) onWait(Number.parseInt(await readFile(file, 'utf8').catch(() => '0'), 10));
    await sleep(POLL_MS, signal);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** Which living process has a lock; nothing when it is free. */
export async function lockHolder(file: string): Promise<number | undefined> {
  const owner = await readFile(file, 'utf8').catch(absent);
  return owner !== undefined && (await ownerLives(owner)) ? Number.parseInt(owner, 10) : undefined;
}

/** Waits until nobody has a lock, without taking it; `onWait` hears once whose it is. */
export async function awaitUnlocked(
  file: string,
  signal: AbortSignal,
  onWait: (owner: number) => void = () => {},
): Promise<void> {
  for (let waits = 0; ; waits++) {
    const owner = await lockHolder(file);
    if (owner === undefined) return;
    if (waits === FIRST_WORD) onWait(owner);
    await sleep(POLL_MS, signal);
  }
}

async function tryLock(file: string): Promise<boolean> {
  const owner = await readFile(file, 'utf8').catch(absent);
  if (owner === undefined) return await createNewFile(file, await ownerOf(process.pid));
  if (!(await ownerLives(owner))) await takeAway(file);
  return false;
}

/**
 * Takes the lock of a process that is gone away, which one does at a time: who had only read whose it was would take
 * away what the next one has made of it meanwhile.
 */
async function takeAway(file: string): Promise<void> {
  const claim = `${file}${TAKEOVER}`;
  if (!(await createNewFile(claim, await ownerOf(process.pid)))) {
    if (await isOwnerless(claim)) await rm(claim, { force: true });
    return;
  }
  try {
    if (await isOwnerless(file)) await rm(file, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
}

async function isOwnerless(file: string): Promise<boolean> {
  const owner = await readFile(file, 'utf8').catch(absent);
  return owner !== undefined && !(await ownerLives(owner));
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
