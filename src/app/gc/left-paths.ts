import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { execa } from 'execa';
import { isAside } from '../../core/aside.ts';
import { sleep } from '../../core/wait.ts';
import { type DeadRun, openOf } from './dead-run.ts';
import type { Leftover } from './leftover.ts';

/** What runs make has such a name: nothing else is removed, whatever a ledger says. */
const OURS = /^(\..*\.part|kiln-bootstrap-.*|kiln-secrets-.*|disk-[0-9a-f]{64}-\d+\..*|\.aside-.*)$/;
const POLL_MS = 50;

/**
 * Files and folders that a killed run was about to make: halves of exports and of other files that a person has named, disks
 * of bases, what Debian is bootstrapped in.
 */
export async function leftPaths(run: DeadRun): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const { path, tmpdir } of openOf(run, 'path')) {
    if ((await lstat(path).catch(() => undefined)) === undefined) continue;
    const isOurs = isAbsolute(path) && (OURS.test(basename(path)) || isAside(basename(path)));
    found.push({
      what: 'temporary files',
      where: path,
      keep: isOurs ? undefined : 'its name is none that is given to temporary files',
      async remove(signal) {
        if (tmpdir !== true) return await rm(path, { recursive: true, force: true });
        await killUsersOf(path, signal);
        // Never into what may still be mounted there.
        await execa('rm', ['-rf', '--one-file-system', path], { cancelSignal: signal });
      },
    });
  }
  return found;
}

/** Kills the programs that have this folder as TMPDIR, with the groups that they lead, and waits until they are gone. */
async function killUsersOf(folder: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const pids = await usersOf(folder);
    if (pids.length === 0) return;
    for (const pid of pids) {
      kill(-pid);
      kill(pid);
    }
    await sleep(POLL_MS, signal);
  }
}

async function usersOf(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const using = await Promise.all(
    pids.map(async (pid) => {
      const variables = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return variables.split('\0').includes(`TMPDIR=${folder}`) ? [Number(pid)] : [];
    }),
  );
  return using.flat();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, or leads no group.
  }
}
