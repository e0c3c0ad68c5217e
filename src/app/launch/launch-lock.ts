import { join } from 'node:path';
import { withLock } from '../../core/lock.ts';

/** The file that says who changes what runs in an environment. */
export function launchLockFile(home: string, environment: string): string {
  return join(home, 'launches', `${environment}.lock`);
}

/** Changes what runs in an environment while nobody else does; `say` hears whose `work` of which process is waited for. */
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
  return await withLock(launchLockFile(home, environment), signal, work, waits);
}
