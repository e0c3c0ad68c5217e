import { rm } from 'node:fs/promises';
import type { EngineName } from '../../core/intention.ts';
import type { OpenIntention } from '../../core/ledger-line.ts';
import type { Run, Runs } from '../../core/ledger-runs.ts';
import { HEARTBEAT_MS } from '../../core/run-owner.ts';
import { sleep } from '../../core/wait.ts';
import type { Launcher } from '../../platforms/launcher.ts';
import { openEc2Launcher, openQemuLauncher } from '../../platforms/registry.ts';
import { type DeadRun, deadRun, openOf } from './dead-run.ts';
import type { GcClouds } from './gc-clouds.ts';
import type { GcEngines } from './gc-engines.ts';
import type { GcFacts } from './gc-facts.ts';
import { cloudRegions, leftInCloud } from './left-cloud.ts';
import { leftContainers } from './left-containers.ts';
import { leftImages } from './left-images.ts';
import { leftInstances } from './left-instances.ts';
import { leftNetworks } from './left-networks.ts';
import { leftPaths } from './left-paths.ts';
import { leftPublication } from './left-publication.ts';
import type { Leftover } from './leftover.ts';
import type { Lives } from './living-owners.ts';
import { type RunCloud, runCloud } from './run-cloud.ts';

/** A call that an engine was sent may have its effect after whoever sent it was killed; it is over within this time. */
const UNDERWAY_MS = 10_000;
/** The same of AWS, which does not list at once what it has made. */
const CLOUD_UNDERWAY_MS = 15_000;

export interface RunsAround {
  readonly facts: GcFacts;
  readonly engines: GcEngines;
  readonly clouds: GcClouds;
  readonly lives: Lives;
  /** Only what is in a cloud is looked for; what else a run has left stays, with its ledger. */
  readonly only?: 'cloud';
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** The same, with the launches that were killed before what they had started was found healthy. */
interface RunAround extends RunsAround {
  readonly unconfirmed: ReadonlySet<string>;
}

/**
 * What each killed run has left by its ledger, and at last the ledger; each is looked for when the ones before it were
 * removed. What runs comes before what it uses.
 */
export async function* leftOfRuns(
  { dead, foreign }: Runs,
  around: RunsAround,
  signal: AbortSignal,
): AsyncGenerator<Leftover> {
  const unconfirmed = new Set(dead.flatMap((run) => openOf(run, 'place').map(({ launch }) => launch)));
  for (const run of dead) {
    if (run.damaged > 0) yield kept(run, `${run.damaged} of its lines cannot be read`);
    else yield* leftOfRun(deadRun(run), { ...around, unconfirmed }, signal);
  }
  for (const where of foreign) {
    yield ledger({ what: 'unknown run', file: where }, 'this kiln cannot read it: a newer one’s, or damaged');
  }
}

async function* leftOfRun(run: DeadRun, around: RunAround, signal: AbortSignal): AsyncGenerator<Leftover> {
  if (around.only !== undefined && !run.open.some(isInCloud)) return;
  await callsToEnd(run, around.now ?? Date.now, signal);
  const told = new Set<unknown>();
  for (const search of searchesOf(run, around)) {
    for (const leftover of await orReason(run, search, signal)) {
      // What one thing is in the way of is told once, as an engine that does not answer.
      if (leftover.error === undefined || !told.has(leftover.error)) yield run.track(leftover);
      told.add(leftover.error);
    }
  }
  const stayed = run.stayed();
  const unknown = run.unknown.join(', ');
  if (around.only !== undefined && !run.open.every(isInCloud)) return;
  if (stayed > 0)
    yield kept(run, `of what it names ${stayed === 1 ? 'one is' : `${stayed} are`} still there`);
  else if (unknown !== '') yield kept(run, `it names things that a newer kiln has made: ${unknown}`);
  else yield ledger(run);
}

type Search = (signal: AbortSignal) => Promise<Leftover[]>;

function searchesOf(run: DeadRun, { facts, engines, clouds, lives, unconfirmed, only }: RunAround): Search[] {
  const { home } = facts;
  const searches: Search[] = [];
  const cloud = runCloud(run, clouds);
  const launcher = (platform: string, signal: AbortSignal) =>
    launcherOf(run, platform, { engines, cloud }, signal);
  searches.push((signal) => leftInstances(run, { home, lives, launcher, unconfirmed, only }, signal));
  for (const region of cloudRegions(run))
    searches.push(async (signal) =>
      leftInCloud(run, region, { facts, cloud: await cloud(region, signal) }, signal),
    );
  if (only !== undefined) return searches;
  for (const name of enginesToAsk(run)) {
    searches.push(
      async (signal) => await leftNetworks(run, { home, lives, engine: await engines(name, signal) }, signal),
      async (signal) => await leftContainers(run, await engines(name, signal), signal),
      async (signal) => await leftImages(run, { engine: await engines(name, signal), facts, lives }, signal),
    );
  }
  searches.push(
    () => leftPublication(run, facts),
    () => leftPaths(run),
  );
  return searches;
}

/** None is asked of which nothing is said to be left; whoever wrote a record may not have come to its `latest`. */
function enginesToAsk(run: DeadRun): readonly EngineName[] {
  const isOpen = run.open.some(({ intends }) => 'engine' in intends || intends.kind === 'publish');
  return isOpen ? run.engines : [];
}

async function launcherOf(
  run: DeadRun,
  platform: string,
  { engines, cloud }: { readonly engines: GcEngines; readonly cloud: RunCloud },
  signal: AbortSignal,
): Promise<Launcher> {
  if (platform === 'qemu') return await openQemuLauncher();
  if (platform === 'ec2') {
    const regions = placeRegions(run);
    // Where no region is known there is nothing to list, either.
    if (regions[0] !== undefined) await cloud(regions[0], signal);
    return await openEc2Launcher({ regions: async () => regions, access: async () => undefined });
  }
  const [name] = run.engines;
  // It was killed before it had asked the engine for anything.
  return (await engines(name ?? 'the usual one', signal)).launcher;
}

/** Where at AWS a launch was at work, and where what it replaced was; an instance's id begins with its region. */
function placeRegions(run: DeadRun): string[] {
  const replaced = openOf(run, 'retire').flatMap(({ instance }) =>
    instance.includes('/') ? [instance.split('/')[0] ?? ''] : [],
  );
  return [...new Set([...cloudRegions(run), ...replaced])];
}

/** A search that cannot be made leaves the others. */
async function orReason(run: DeadRun, search: Search, signal: AbortSignal): Promise<Leftover[]> {
  try {
    return await search(signal);
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return [
      { what: `what is left of the ${run.what}`, where: run.run, keep: why, error, remove: async () => {} },
    ];
  }
}

/** Waits until what was asked of an engine right before the run was killed has come to be, or has not. */
async function callsToEnd(
  { open, heartbeat }: DeadRun,
  now: () => number,
  signal: AbortSignal,
): Promise<void> {
  const isCall = ({ intends }: OpenIntention) => 'engine' in intends || intends.kind === 'swap';
  const underway = open.filter((one) => isCall(one) && !one.made).map(({ at }) => at);
  const left = Math.min(Math.max(...underway) + UNDERWAY_MS - now(), UNDERWAY_MS);
  // Of a cloud it says only where; it may have asked for something as long as it lived.
  const most = HEARTBEAT_MS + CLOUD_UNDERWAY_MS;
  const leftInCloud = open.some(isInCloud) ? Math.min(heartbeat + most - now(), most) : 0;
  const longest = Math.max(left, leftInCloud);
  if (longest > 0) await sleep(longest, signal);
}

function isInCloud({ intends }: OpenIntention): boolean {
  return 'platforms' in intends
    ? intends.platforms.includes('ec2')
    : intends.kind === 'cloud' || intends.kind === 'ami';
}

function kept(run: Run, why: string): Leftover {
  return ledger(run, why);
}

function ledger({ what, file }: Pick<Run, 'what' | 'file'>, keep?: string): Leftover {
  return { what: `ledger of the ${what}`, where: file, keep, remove: () => rm(file, { force: true }) };
}
