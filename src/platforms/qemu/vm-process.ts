import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { sleep } from '../../core/wait.ts';
import { pidFile, QEMU } from './qemu-command.ts';

const POLL_MS = 20;

/** The id of the QEMU that runs a folder's virtual machine; nothing when none does. The folder's path is a real one. */
export async function processOf(folder: string): Promise<number | undefined> {
  const text = await readFile(pidFile(folder), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return pid > 0 && isProcessOf(folder, pid) ? pid : undefined;
}

/** Whether this process is that QEMU: ids come again, so its command line has to say so. One that has ended has none. */
export function isProcessOf(folder: string, pid: number): boolean {
  try {
    return isQemuOf(folder, readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'));
  } catch {
    return false;
  }
}

/** By its program and its option: who only reads the file, as a person with an editor, is not it. */
export function isQemuOf(folder: string, [program = '', ...args]: readonly string[]): boolean {
  const option = args.indexOf('-pidfile');
  return basename(program) === QEMU && option >= 0 && args[option + 1] === pidFile(folder);
}

/** All QEMUs of a folder, also those that are only starting and have written no id yet. */
export async function processesOf(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => isProcessOf(folder, pid));
}

/** Kills all QEMUs of a folder and waits until they are gone. */
export async function killProcessesOf(folder: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const pids = await processesOf(folder);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await sleep(POLL_MS, signal);
  }
}

/** Waits until a folder's QEMU has ended, so many milliseconds at most. */
export async function processEnds(
  folder: string,
  pid: number,
  atMost: number,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + atMost;
  while (isProcessOf(folder, pid) && performance.now() < until) await sleep(POLL_MS, signal);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
