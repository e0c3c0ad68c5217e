import type { CloudKind, CloudLeftovers, CloudThing } from '../../platforms/cloud-leftovers.ts';
import { type DeadRun, openOf } from './dead-run.ts';
import type { GcFacts } from './gc-facts.ts';
import type { Leftover } from './leftover.ts';

/** In this order they let go of each other. */
const ORDER: readonly CloudKind[] = [
  'instance',
  'volume',
  'AMI',
  'snapshot',
  'key pair',
  'security group',
  'launch template version',
  'launch template',
];

/** Longer than an instance is given to shut down, and than what it has held is waited for. */
const DEADLINE_MS = 12 * 60_000;

interface Around {
  readonly facts: Pick<GcFacts, 'records'>;
  readonly cloud: CloudLeftovers;
}

/** The regions in which a run may have left something. */
export function cloudRegions(run: DeadRun): string[] {
  const regions = [...openOf(run, 'cloud'), ...openOf(run, 'ami')].map(({ region }) => region);
  return [...new Set(regions)].sort();
}

/**
 * What a killed run has left in a region: whatever carries its tag. An AMI that its ledger names and that has no tag is
 * told, and stays. What a record names is no leftover, nor is what belongs to an environment: a launch that was killed
 * has its places in the ledger.
 */
export async function leftInCloud(
  run: DeadRun,
  region: string,
  { facts, cloud }: Around,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const things = await thingsOf(run, region, cloud, signal);
  return await leftovers(things, region, { facts, cloud }, signal);
}

/** Things of dead runs in a region, each with how it goes or why it stays, in the order in which they let go of each other. */
export async function leftovers(
  all: readonly CloudThing[],
  region: string,
  { facts, cloud }: Around,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const things = [...all].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const { inCloud, damaged } = await facts.records();
  const users = await usersOf(things, region, cloud, signal);
  const serving = await servingIn(things, region, cloud, signal);
  const snapshots = new Set(things.flatMap(({ kind, parts }) => (kind === 'AMI' ? parts : [])));
  const found: Leftover[] = [];
  for (const thing of things) {
    const { kind, id } = thing;
    if (inCloud.has(`${region} ${id}`) || serving(thing)) continue;
    // It goes, and stays, with its AMI.
    if (kind === 'snapshot' && snapshots.has(id)) continue;
    const isImage = kind === 'AMI' || kind === 'snapshot';
    found.push({
      what: kind,
      where: `${region} ${id}`,
      keep: isImage ? (whyKept(thing, damaged) ?? users.get(id)) : undefined,
      deadlineMs: DEADLINE_MS,
      async remove(all) {
        if (isImage && (await facts.records('now')).inCloud.has(`${region} ${id}`)) return;
        await cloud.remove(thing, all);
      },
    });
  }
  return found;
}

function whyKept({ bake }: CloudThing, damaged: string | undefined): string | undefined {
  if (bake === undefined) return 'it has no tag kiln.bake any more: remove it by hand';
  if (damaged === undefined) return undefined;
  return `the record of ${damaged} is damaged, and may be the one that names it`;
}

async function thingsOf(
  run: DeadRun,
  region: string,
  cloud: CloudLeftovers,
  signal: AbortSignal,
): Promise<CloudThing[]> {
  const here = <T extends { readonly region: string }>(all: readonly T[]) =>
    all.filter((one) => one.region === region);
  const bakes = new Set(here(openOf(run, 'cloud')).map(({ bake }) => bake));
  const tagged = await Promise.all([...bakes].map((bake) => cloud.tagged(region, bake, signal)));
  const ids = here(openOf(run, 'ami')).map(({ id }) => id);
  const named = await cloud.images(region, ids, signal);
  const ours = named.filter(({ bake }) => bake === undefined || bake === run.run || bakes.has(bake));
  return [...new Map([...tagged.flat(), ...ours].map((thing) => [thing.id, thing])).values()];
}

/** AMIs that somebody else has started instances from, with the reason that they stay for. */
async function usersOf(
  things: readonly CloudThing[],
  region: string,
  cloud: CloudLeftovers,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const ours = new Set(things.map(({ id }) => id));
  const images = things.filter(({ kind }) => kind === 'AMI').map(({ id }) => id);
  const instances = await cloud.instances(region, 'images', images, signal);
  const others = instances.filter(({ id }) => !ours.has(id));
  return new Map(
    others.flatMap(({ id, parts }) =>
      parts.map((image) => [image, `the instance ${id} was started from it`]),
    ),
  );
}

/** Tells what belongs to an environment: its instances with what they hold, and all else as long as it has instances. */
export async function servingIn(
  things: readonly CloudThing[],
  region: string,
  cloud: CloudLeftovers,
  signal: AbortSignal,
): Promise<(thing: CloudThing) => boolean> {
  const environments = things.flatMap(({ environment }) => environment ?? []);
  const instances = await cloud.instances(region, 'environments', [...new Set(environments)], signal);
  const ids = new Set(instances.map(({ id }) => id));
  const alive = new Set(instances.map(({ environment }) => environment));
  return ({ id, kind, environment, parts }) => {
    if (ids.has(id) || (kind === 'volume' && parts.some((part) => ids.has(part)))) return true;
    // What is attached to nothing any more was an instance's that is gone.
    return kind !== 'volume' && environment !== undefined && alive.has(environment);
  };
}
