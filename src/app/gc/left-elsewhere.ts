import { Fault } from '../../core/fault.ts';
import type { Run, Runs } from '../../core/ledger-runs.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import type { CloudThing } from '../../platforms/cloud-leftovers.ts';
import type { GcClouds } from './gc-clouds.ts';
import type { GcFacts } from './gc-facts.ts';
import { leftovers, servingIn } from './left-cloud.ts';
import type { Leftover } from './leftover.ts';

/** Regions that are looked into at once. */
const REGIONS_AT_ONCE = 6;

/**
 * What carries the tag of a run that no ledger here knows, in any region: it may be of a run on another host that lives,
 * so it is told and removed only where somebody says that the run is over. What belongs to environments that have instances
 * and to published images is neither. `USAGE` for a run that is said to be over and lives here.
 */
export async function leftElsewhere(
  { living, dead }: Runs,
  { facts, clouds }: { readonly facts: Pick<GcFacts, 'records'>; readonly clouds: GcClouds },
  over: readonly string[],
  signal: AbortSignal,
): Promise<Leftover[]> {
  const alive = living.find((run) => namesOf(run).some((name) => over.includes(name)));
  if (alive !== undefined)
    throw new Fault('USAGE', `the ${alive.what} is not over: ${alive.run} is at work on this host`);
  const known = new Set([...living, ...dead].flatMap(namesOf));
  const { inCloud } = await facts.records();
  const isStrange = ({ kind, bake, environment, image, region, id }: CloudThing) =>
    bake !== undefined &&
    !known.has(bake) &&
    (environment === undefined || kind === 'launch template') &&
    image === undefined &&
    !inCloud.has(`${region} ${id}`);
  const cloud = await clouds();
  const regions = await cloud.regions(signal);
  const found = await sideBySide(regions, REGIONS_AT_ONCE, async (region) => {
    try {
      const strange = (await cloud.tagged(region, undefined, signal)).filter(isStrange);
      // A launch template stays, and holds its AMI, where one that stopped the last instance was killed.
      const serves = await servingIn(strange, region, cloud, signal);
      const things = strange.filter((one) => !serves(one));
      const isOver = ({ bake = '' }: CloudThing) => over.includes(bake);
      const others = withoutParts(things.filter((one) => !isOver(one)));
      return [
        ...(await leftovers(things.filter(isOver), region, { facts, cloud }, signal)),
        ...byRun(others).map((ofRun) => told(region, ofRun)),
      ];
    } catch (error) {
      signal.throwIfAborted();
      return [unseen(region, error)];
    }
  });
  return found.flat();
}

/** A launch's things at AWS carry the launch's name, which each of its runs says that it works for. */
function namesOf({ run, open }: Run): string[] {
  return [run, ...open.flatMap(({ intends }) => (intends.kind === 'cloud' ? [intends.bake] : []))];
}

/** Without what goes with something else: volumes with an instance, snapshots with an AMI. */
function withoutParts(things: readonly CloudThing[]): CloudThing[] {
  const parts = new Set(things.flatMap(({ kind, parts }) => (kind === 'AMI' ? parts : [])));
  const instances = new Set(things.flatMap(({ kind, id }) => (kind === 'instance' ? id : [])));
  return things.filter(
    ({ id, kind, parts: of }) =>
      !parts.has(id) && !(kind === 'volume' && of.some((one) => instances.has(one))),
  );
}

function byRun(things: readonly CloudThing[]): CloudThing[][] {
  const runs = new Map<string, CloudThing[]>();
  for (const thing of things) {
    const run = thing.bake ?? '';
    runs.set(run, [...(runs.get(run) ?? []), thing]);
  }
  return [...runs.values()];
}

function told(region: string, things: readonly CloudThing[]): Leftover {
  const run = things[0]?.bake;
  return {
    what: things.length === 1 ? (things[0]?.kind ?? '') : `${things.length} things`,
    where: `${region} ${things.map(({ id }) => id).join(', ')}`,
    keep: `of the run ${run}, which no ledger here knows: run \`bake gc --platform ec2\` where it was started, or with --run ${run} if that is over`,
    remove: async () => {},
  };
}

/** A region that the account's owners have closed is none in which anything could have been made. */
function unseen(region: string, error: unknown): Leftover {
  const isClosed = error instanceof Fault && error.code === 'CLOUD_DENIED';
  return {
    what: 'whatever there is in',
    where: region,
    keep: error instanceof Error ? error.message : String(error),
    ...(isClosed ? {} : { error }),
    remove: async () => {},
  };
}
