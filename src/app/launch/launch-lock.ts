import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { awaitUnlocked, lockHolder, withLock } from '../../core/lock.ts';

/** The file that says who changes what runs in an environment. */
export function launchLockFile(home: string, environment: string): string {
  return join(home, 'launches', `${environment}.lock`);
}

/** No environment has a name that begins with a dot. */
const HOLD = '.hold';
const ENVIRONMENT_LOCK = /^([^.].*)\.lock$/;

/**
 * Changes what runs in an environment while nobody else does, and no image is taken out of the catalogue; `say` hears
 * whose `work` of which process is waited for.
 */
export async function withLaunchLock<T>(
  {
    home,
    environment,
    other,
  }: { readonly home: string; readonly environment: string; readonly other: string },
  say: (message: string) => void,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const waits = (owner: number) =>
    say(`${other} of ${environment} is at work (process ${owner}): waiting for it`);
  const held = (owner: number) => say(`images are being pruned (process ${owner}): waiting for it`);
  const hold = join(home, 'launches', HOLD);
  for (;;) {
    const lock = launchLockFile(home, environment);
    const done = await withLock(
      lock,
      signal,
      // Whoever holds launches looks at these locks after it made its own: one of both sees the other.
      async () => ((await lockHolder(hold)) === undefined ? { value: await work() } : undefined),
      waits,
    );
    if (done !== undefined) return done.value;
    await awaitUnlocked(hold, signal, held);
  }
}

/**
 * Runs `work` while nothing is launched, rolled back, replaced or stopped in any environment, known here or not: those
 * at work are waited for, and those that come wait.
 */
export async function whileNoLaunch<T>(
  home: string,
  say: (message: string) => void,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const launches = join(home, 'launches');
  const other = (owner: number) => say(`images are being pruned (process ${owner}): waiting for it`);
  return await withLock(
    join(launches, HOLD),
    signal,
    async () => {
      for (const name of await readdir(launches)) {
        const environment = ENVIRONMENT_LOCK.exec(name)?.[1];
        if (environment === undefined) continue;
        await awaitUnlocked(join(launches, name), signal, (owner) =>
          say(`a launch of ${environment} is at work (process ${owner}): waiting for it`),
        );
      }
      return await work();
    },
    other,
  );
}
