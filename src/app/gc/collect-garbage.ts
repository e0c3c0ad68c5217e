import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { cacheHome, kilnHome } from '../../core/home.ts';
import { withDeadline } from '../../core/wait.ts';
import { lazyDocker } from '../lazy-docker.ts';
import { openCatalogue } from '../open-catalogue.ts';
import { leftCheckpoints } from './left-checkpoints.ts';
import { leftDisks } from './left-disks.ts';
import { leftMachines } from './left-machines.ts';
import { leftPrunes } from './left-prunes.ts';
import { leftRecords } from './left-records.ts';
import { leftWork } from './left-work.ts';
import type { Leftover } from './leftover.ts';

/** Of one thing; a QEMU is gone in a moment, once it is killed. */
const DEADLINE_MS = 30_000;

/** What became of something that a killed process has left. */
export interface Collected {
  readonly what: string;
  readonly where: string;
  /** `found` where nothing is removed, as was asked. */
  readonly state: 'removed' | 'found' | 'kept' | 'failed';
  /** It is not removed but set aside, beside where it lies. */
  readonly aside?: true;
  /** Why it was kept. */
  readonly why?: string;
  readonly error?: unknown;
}

/** Looks for leftovers of one kind. */
export type Search = (signal: AbortSignal) => Promise<readonly Leftover[]>;

/** All kinds that there are, in the order in which they are removed: what runs comes before the files that it uses. */
export function allSearches(): Search[] {
  const home = kilnHome();
  return [
    () => leftMachines(home, join(cacheHome(), 'warm')),
    (signal) => leftCheckpoints(home, lazyDocker(signal).images, signal),
    () => leftDisks(home, openCatalogue()),
    () => leftPrunes(home, openCatalogue()),
    () => leftWork(home, cacheHome()),
    (signal) => leftRecords(openCatalogue(), signal),
  ];
}

/** Removes what killed processes have left on this host, or only looks for it. What cannot be removed leaves the others. */
export async function collectGarbage(
  { dryRun, deadlineMs = DEADLINE_MS }: { readonly dryRun: boolean; readonly deadlineMs?: number },
  searches: readonly Search[],
  signal: AbortSignal,
): Promise<Collected[]> {
  const collected: Collected[] = [];
  for (const search of searches) {
    for (const leftover of await search(signal)) {
      signal.throwIfAborted();
      const { what, where, keep, aside } = leftover;
      const found = { what, where, ...(aside === undefined ? {} : { aside }) };
      if (keep !== undefined) collected.push({ ...found, state: 'kept', why: keep });
      else if (dryRun) collected.push({ ...found, state: 'found' });
      else collected.push({ ...found, ...(await removed(leftover, deadlineMs, signal)) });
    }
  }
  return collected;
}

async function removed(
  { where, remove }: Leftover,
  ms: number,
  signal: AbortSignal,
): Promise<Pick<Collected, 'state' | 'error'>> {
  const late = () => new Fault('TIMEOUT', `${where} could not be removed within ${ms / 1000} s`);
  using deadline = withDeadline(signal, ms, late);
  try {
    await remove(deadline.signal);
    return { state: 'removed' };
  } catch (error) {
    signal.throwIfAborted();
    return { state: 'failed', error };
  }
}
