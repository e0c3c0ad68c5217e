import { kilnHome } from '../../core/home.ts';
import { openCatalogue } from '../open-catalogue.ts';
import { leftDisks } from './left-disks.ts';
import { leftWork } from './left-work.ts';
import type { Leftover } from './leftover.ts';

/** What became of something that a killed process has left. */
export interface Collected {
  readonly what: string;
  readonly where: string;
  /** `found` where nothing is removed, as was asked. */
  readonly state: 'removed' | 'found' | 'kept' | 'failed';
  /** Why it was kept. */
  readonly why?: string;
  readonly error?: unknown;
}

/** Looks for leftovers of one kind. */
export type Search = (signal: AbortSignal) => Promise<readonly Leftover[]>;

/** All kinds that there are, in the order in which they are removed: what runs comes before the files that it uses. */
export function allSearches(): Search[] {
  const home = kilnHome();
  return [() => leftDisks(home, openCatalogue()), () => leftWork(home)];
}

/** Removes what killed processes have left on this host, or only looks for it. What cannot be removed leaves the others. */
export async function collectGarbage(
  { dryRun }: { readonly dryRun: boolean },
  searches: readonly Search[],
  signal: AbortSignal,
): Promise<Collected[]> {
  const collected: Collected[] = [];
  for (const search of searches) {
    for (const { what, where, keep, remove } of await search(signal)) {
      signal.throwIfAborted();
      if (keep !== undefined) collected.push({ what, where, state: 'kept', why: keep });
      else if (dryRun) collected.push({ what, where, state: 'found' });
      else collected.push({ what, where, ...(await removed(remove, signal)) });
    }
  }
  return collected;
}

async function removed(
  remove: Leftover['remove'],
  signal: AbortSignal,
): Promise<Pick<Collected, 'state' | 'error'>> {
  try {
    await remove(signal);
    return { state: 'removed' };
  } catch (error) {
    signal.throwIfAborted();
    return { state: 'failed', error };
  }
}
