import { Fault } from '../../core/fault.ts';
import type { Runs } from '../../core/ledger-runs.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import type { CloudLeftovers, CloudThing } from '../../platforms/cloud-leftovers.ts';
import type { GcClouds } from './gc-clouds.ts';
import type { GcFacts } from './gc-facts.ts';
import type { Leftover } from './leftover.ts';

/** Regions that are looked into at once. */
const REGIONS_AT_ONCE = 6;

/**
 * What carries the tag of a run that no ledger here knows, in any region: it may be of a run on another host that lives,
 * so it is told and never removed. What belongs to environments and to published images is not told.
 */
export async function leftElsewhere(
  { living, dead }: Runs,
  { facts, clouds }: { readonly facts: Pick<GcFacts, 'records'>; readonly clouds: GcClouds },
  signal: AbortSignal,
): Promise<Leftover[]> {
  const known = new Set([...living, ...dead].map(({ run }) => run));
  const { inCloud } = await facts.records();
  const isStrange = ({ bake, environment, image, region, id }: CloudThing) =>
    bake !== undefined &&
    !known.has(bake) &&
    environment === undefined &&
    image === undefined &&
    !inCloud.has(`${region} ${id}`);
  const cloud = await clouds();
  const regions = await cloud.regions(signal);
  const found = await sideBySide(regions, REGIONS_AT_ONCE, async (region) => {
    try {
      const things = await thingsIn(cloud, region, signal);
      return byRun(things.filter(isStrange)).map((ofRun) => leftover(region, ofRun));
    } catch (error) {
      signal.throwIfAborted();
      return [unseen(region, error)];
    }
  });
  return found.flat();
}

/** Without what goes with something else: volumes with an instance, snapshots with an AMI. */
async function thingsIn(cloud: CloudLeftovers, region: string, signal: AbortSignal): Promise<CloudThing[]> {
  const things = await cloud.tagged(region, undefined, signal);
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

function leftover(region: string, things: readonly CloudThing[]): Leftover {
  return {
    what: things.length === 1 ? (things[0]?.kind ?? '') : `${things.length} things`,
    where: `${region} ${things.map(({ id }) => id).join(', ')}`,
    keep: `of the run ${things[0]?.bake}, which no ledger here knows: run \`bake gc --platform ec2\` where it was started`,
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
