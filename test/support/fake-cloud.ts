import type { CloudLeftovers, CloudThing } from '../../src/platforms/cloud-leftovers.ts';

export interface FakeCloud extends CloudLeftovers {
  readonly things: CloudThing[];
  /** What was removed, in its order. */
  readonly removed: string[];
}

/** A FAKE of a cloud with these things in it; a region that is `down` throws. */
export function fakeCloud(
  things: readonly CloudThing[] = [],
  down: Readonly<Record<string, unknown>> = {},
): FakeCloud {
  const there = [...things];
  const removed: string[] = [];
  const inRegion = (region: string) => {
    if (Object.hasOwn(down, region)) throw down[region];
    return there.filter((one) => one.region === region);
  };
  return {
    identity: 'the profile default',
    account: async () => '111122223333',
    things: there,
    removed,
    regions: async () => [...new Set([...there.map(({ region }) => region), ...Object.keys(down)])].sort(),
    tagged: async (region, bake) =>
      inRegion(region).filter((one) => one.bake !== undefined && (bake === undefined || one.bake === bake)),
    images: async (region, ids) =>
      inRegion(region).filter(({ kind, id }) => kind === 'AMI' && ids.includes(id)),
    instances: async (region, of, names) =>
      inRegion(region).filter(
        ({ kind, parts, environment }) =>
          kind === 'instance' &&
          (of === 'images' ? parts.some((part) => names.includes(part)) : names.includes(environment ?? '')),
      ),
    async remove({ id, parts, kind }) {
      removed.push(id);
      const gone = kind === 'AMI' ? [id, ...parts] : [id];
      for (const one of gone) {
        const index = there.findIndex((thing) => thing.id === one);
        if (index >= 0) there.splice(index, 1);
      }
    },
  };
}
