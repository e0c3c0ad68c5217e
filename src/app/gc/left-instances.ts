import { readFile } from 'node:fs/promises';
import type { Intention } from '../../core/intention.ts';
import type { Instance, Launcher } from '../../platforms/launcher.ts';
import { launchLockFile, withLaunchLock } from '../launch/launch-lock.ts';
import { type DeadRun, openOf } from './dead-run.ts';
import type { Leftover } from './leftover.ts';
import type { Lives } from './living-owners.ts';

/** Longer than an instance is given to shut down. */
const DEADLINE_MS = 90_000;

type Place = Extract<Intention, { kind: 'place' }>;
type Retirement = Extract<Intention, { kind: 'retire' }>;

interface Around {
  readonly home: string;
  readonly lives: Lives;
  /** Launches that were killed before what they had started was found healthy. */
  readonly unconfirmed: ReadonlySet<string>;
  /** Only places that are, or were, in a cloud. */
  readonly only?: 'cloud' | undefined;
  /** `docker` or `qemu`; it may throw `ENGINE_UNREACHABLE`. */
  readonly launcher: (platform: string, signal: AbortSignal) => Promise<Launcher>;
}

/** One thing that brings a place in order, and what it is about. */
interface Step {
  readonly does: 'put back' | 'remove';
  readonly instance: Instance;
  /** What is taken out of reach before. */
  readonly instead?: Instance | undefined;
}

/**
 * What a killed launch has left of instances: the one that was not found healthy where it serves goes, and the one that
 * it was to replace serves again; one that was replaced goes. An instance that serves is taken away only when another
 * can serve in its place. Nothing is touched while a launch is at work there.
 */
export async function leftInstances(run: DeadRun, around: Around, signal: AbortSignal): Promise<Leftover[]> {
  const found: Leftover[] = [];
  const isAskedFor = ({ platforms }: Pick<Place, 'platforms'>) =>
    around.only === undefined || platforms.includes('ec2');
  for (const place of openOf(run, 'place').filter(isAskedFor)) {
    found.push(
      ...(await leftoversOf(place.environment, around, signal, (all) => placeSteps(place, around, all))),
    );
  }
  for (const retirement of openOf(run, 'retire').filter(isAskedFor)) {
    found.push(
      ...(await leftoversOf(retirement.environment, around, signal, (all) =>
        retireSteps(retirement, around, all),
      )),
    );
  }
  return found;
}

async function leftoversOf(
  environment: string,
  around: Around,
  signal: AbortSignal,
  stepsNow: (signal: AbortSignal) => Promise<Step[]>,
): Promise<Leftover[]> {
  const { home, lives } = around;
  const steps = await stepsNow(signal);
  const owner = await readFile(launchLockFile(home, environment), 'utf8').catch(() => undefined);
  const busy = owner !== undefined && (await lives(owner));
  return steps.map(({ does, instance }) => ({
    what: does === 'remove' ? 'instance' : 'place of an instance that a launch had put out of reach:',
    where: instance.name,
    keep: busy ? `a launch of ${environment} is at work` : undefined,
    deadlineMs: DEADLINE_MS,
    ...(does === 'put back' ? { restores: true as const } : {}),
    async remove(all) {
      const lock = { home, environment, other: 'a launch' };
      await withLaunchLock(
        lock,
        () => {},
        all,
        async () => {
          // Another launch may have settled it since.
          const same = (step: Step) => step.does === does && step.instance.id === instance.id;
          const step = (await stepsNow(all)).find(same);
          if (step !== undefined) await take(step, around, all);
        },
      );
    },
  }));
}

async function take(
  { does, instance, instead }: Step,
  { launcher }: Around,
  signal: AbortSignal,
): Promise<void> {
  const of = async ({ platform }: Instance) => await launcher(platform, signal);
  if (does === 'remove') return await (await of(instance)).remove(instance, signal);
  if (instead !== undefined) await (await of(instead)).withdraw(instead, signal);
  await (await of(instance)).publish(instance, signal);
}

async function placeSteps(place: Place, around: Around, signal: AbortSignal): Promise<Step[]> {
  const { template, slot, launch } = place;
  const all = await instancesOf(place, around, signal);
  const here = all.filter((one) => one.template === template && one.slot === slot);
  const serving = here.find((one) => one.serving);
  // What another killed launch had only started was found healthy by nobody.
  const first = here.find((one) => one.running && !around.unconfirmed.has(one.launch));
  const steps: Step[] = [];
  if (first !== undefined && (serving === undefined || serving.launch === launch))
    steps.push({ does: 'put back', instance: first, instead: serving });
  for (const instance of here) {
    if (instance.launch !== launch || (first === undefined && instance === serving)) continue;
    steps.push({ does: 'remove', instance });
  }
  return steps;
}

async function retireSteps(retirement: Retirement, around: Around, signal: AbortSignal): Promise<Step[]> {
  const all = await instancesOf(retirement, around, signal);
  const old = all.find((one) => one.id === retirement.instance);
  if (old === undefined || old.serving) return [];
  const isServed = all.some(
    ({ template, slot, serving }) => serving && template === old.template && slot === old.slot,
  );
  // The one that replaced it may have ended since.
  return [{ does: isServed || !old.running ? 'remove' : 'put back', instance: old }];
}

/** Oldest first. */
async function instancesOf(
  { environment, platforms }: Pick<Place, 'environment' | 'platforms'>,
  { launcher }: Around,
  signal: AbortSignal,
): Promise<Instance[]> {
  const found: Instance[] = [];
  for (const platform of new Set(platforms))
    found.push(...(await (await launcher(platform, signal)).list(environment, signal)));
  return found.sort(byAge);
}

function byAge(a: Instance, b: Instance): number {
  return a.startedAt < b.startedAt ? -1 : 1;
}
