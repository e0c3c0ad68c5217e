import { readFile, rm } from 'node:fs/promises';
import { createNewFile } from './new-file.ts';
import { sleep } from './wait.ts';

const POLL_MS = 200;
/** What is over sooner is not worth a word. */
const FIRST_WORD = 2;

/**
 * Runs `work` while no other process, and no other call in this one, runs under the same lock file.
 *
 * The file holds its owner's process id and when that process was started, since ids come again, in a container at
 * each start; one whose owner is gone is taken over. `onWait` hears once that it is another's.
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

async function tryLock(file: string): Promise<boolean> {
  const owner = await readFile(file, 'utf8').catch(absent);
  if (owner === undefined) return await createNewFile(file, await ownerOf(process.pid));
  if (owner !== (await ownerOf(Number.parseInt(owner, 10)))) await rm(file, { force: true });
  return false;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** What a living process writes into its locks, whole, as one without an owner's id would never be taken over: its id and its start in ticks, field 22 of proc(5)'s `stat`. */
async function ownerOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field, a program's name in brackets, may hold blanks and brackets.
  return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'gone'}\n`;
}
