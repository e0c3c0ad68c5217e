import { readFile } from 'node:fs/promises';
import { launchLockFile, withLaunchLock } from '../launch/launch-lock.ts';
import { type DeadRun, openOf } from './dead-run.ts';
import type { GcEngine } from './gc-engines.ts';
import type { Leftover } from './leftover.ts';
import type { Lives } from './living-owners.ts';

interface Around {
  readonly home: string;
  readonly lives: Lives;
  readonly engine: Pick<GcEngine, 'leftovers'>;
}

/** Networks of an environment that a killed launch has made, when no instance came to be on them. */
export async function leftNetworks(
  run: DeadRun,
  { home, lives, engine: { leftovers } }: Around,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const { environment } of openOf(run, 'networks')) {
    const names = await leftovers.unusedNetworks(environment, signal);
    if (names.length === 0) continue;
    const owner = await readFile(launchLockFile(home, environment), 'utf8').catch(() => undefined);
    const lock = { home, environment, other: 'a launch' };
    found.push({
      what: names.length === 1 ? 'network' : 'networks',
      where: names.join(', '),
      keep: owner !== undefined && (await lives(owner)) ? `a launch of ${environment} is at work` : undefined,
      remove: (all) =>
        withLaunchLock(
          lock,
          () => {},
          all,
          () => leftovers.removeNetworks(environment, all),
        ),
    });
  }
  return found;
}
