import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { cacheHome, kilnHome } from '../../core/home.ts';
import { readRuns } from '../../core/ledger-runs.ts';
import { withDeadline } from '../../core/wait.ts';
import { lazyDocker } from '../lazy-docker.ts';
import { openCatalogue } from '../open-catalogue.ts';
import { gcClouds } from './gc-clouds.ts';
import { gcEngines } from './gc-engines.ts';
import { gcFacts } from './gc-facts.ts';
import { leftAsides } from './left-asides.ts';
import { leftCheckpoints } from './left-checkpoints.ts';
import { leftDisks } from './left-disks.ts';
import { leftElsewhere } from './left-elsewhere.ts';
import { leftMachines } from './left-machines.ts';
import { leftOfRuns } from './left-of-runs.ts';
import { leftPrunes } from './left-prunes.ts';
import { leftRecords } from './left-records.ts';
import { leftWork } from './left-work.ts';
import type { Leftover } from './leftover.ts';
import { livingOwners } from './living-owners.ts';

/** Of one thing; a QEMU is gone in a moment, once it is killed. */
const DEADLINE_MS = 30_000;

/** What became of something that a killed process has left. */
export interface Collected {
  readonly what: string;
  readonly where: string;
  /** `found` where nothing is done, as was asked; `restored` what was not removed, but put right. */
  readonly state: 'removed' | 'restored' | 'found' | 'kept' | 'failed';
  /** It is not removed but put right. */
  readonly restores?: true;
  /** It is not removed but set aside, beside where it lies. */
  readonly aside?: true;
  /** Why it was kept. */
  readonly why?: string;
  readonly error?: unknown;
}

/** Looks for leftovers of one kind, all at once or each when the one before was removed. */
export type Search = (signal: AbortSignal) => Promise<readonly Leftover[] | AsyncIterable<Leftover>>;

/**
 * All kinds that there are, in the order in which they are removed: what runs comes before the files that it uses. With
 * a platform, only what is there; of EC2 in all regions, and with what is left of runs that are not known here: those that
 * are said to be `over` go too.
 */
export async function allSearches(platform?: 'ec2', over: readonly string[] = []): Promise<Search[]> {
  const home = kilnHome();
  const cache = cacheHome();
  const catalogue = openCatalogue();
  const runs = await readRuns(home);
  const lives = livingOwners(runs, home);
  const clouds = gcClouds();
  const around = { facts: gcFacts(home, cache, catalogue), engines: gcEngines(), clouds, lives };
  if (platform === 'ec2') {
    return [
      async (signal) => leftOfRuns(runs, { ...around, only: 'cloud' }, signal),
      (signal) => leftElsewhere(runs, around, over, signal),
    ];
  }
  return [
    () => leftMachines(home, join(cache, 'warm'), lives),
    async (signal) => leftOfRuns(runs, around, signal),
    (signal) => leftCheckpoints(home, lazyDocker(signal).images, signal, lives),
    () => leftDisks(home, catalogue, lives),
    () => leftPrunes(home, catalogue),
    () => leftWork(home, cache, lives),
    () => leftAsides(home, cache, lives),
    (signal) => leftRecords(catalogue, signal),
  ];
}

/** Removes what killed processes have left, or only looks for it. What cannot be removed leaves the others. */
export async function collectGarbage(
  { dryRun, deadlineMs = DEADLINE_MS }: { readonly dryRun: boolean; readonly deadlineMs?: number },
  searches: readonly Search[],
  signal: AbortSignal,
): Promise<Collected[]> {
  const collected: Collected[] = [];
  for (const search of searches) {
    for await (const leftover of await search(signal)) {
      signal.throwIfAborted();
      const { what, where, keep, error, aside, restores } = leftover;
      const found = {
        what,
        where,
        ...(aside === undefined ? {} : { aside }),
        ...(restores === undefined ? {} : { restores }),
      };
      if (keep !== undefined)
        collected.push({ ...found, state: 'kept', why: keep, ...(error === undefined ? {} : { error }) });
      else if (dryRun) collected.push({ ...found, state: 'found' });
      else collected.push({ ...found, ...(await removed(leftover, deadlineMs, signal)) });
    }
  }
  return collected;
}

async function removed(
  { where, remove, restores, deadlineMs }: Leftover,
  most: number,
  signal: AbortSignal,
): Promise<Pick<Collected, 'state' | 'why' | 'error'>> {
  const ms = deadlineMs ?? most;
  const late = () => new Fault('TIMEOUT', `${where} could not be removed within ${ms / 1000} s`);
  using deadline = withDeadline(signal, ms, late);
  try {
    const why = await remove(deadline.signal);
    if (typeof why === 'string') return { state: 'kept', why };
    return { state: restores ? 'restored' : 'removed' };
  } catch (error) {
    signal.throwIfAborted();
    return { state: 'failed', error };
  }
}
