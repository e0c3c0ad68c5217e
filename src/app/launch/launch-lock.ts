import { join } from 'node:path';
import { withLock } from '../../core/lock.ts';

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
  return await withLock(join(home, 'launches', `${environment}.lock`), signal, work, waits);
}
