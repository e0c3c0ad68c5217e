import type { CloudLeftovers } from '../cloud-leftovers.ts';
import type { Aws } from './aws.ts';
import { findImages, findInstances, findThings } from './find-things.ts';
import { removeThing } from './remove-thing.ts';
import { ENVIRONMENT_TAG } from './tags.ts';

/** What of ours is in the regions of an account, and its removal. */
export function ec2Leftovers(aws: Aws): CloudLeftovers {
  return {
    identity: aws.identity.who,
    account: (signal) => aws.account(signal),
    async regions(signal) {
      const { DescribeRegionsCommand } = await import('@aws-sdk/client-ec2');
      const { Regions = [] } = await aws.ask(new DescribeRegionsCommand({}), signal);
      return Regions.flatMap(({ RegionName }) => RegionName ?? []).sort();
    },
    tagged: (region, bake, signal) => findThings(aws.in(region), bake, signal),
    // By filters: one id that is not there would make a failure of all.
    async images(region, ids, signal) {
      if (ids.length === 0) return [];
      return await findImages(aws.in(region), { Name: 'image-id', Values: [...ids] }, signal);
    },
    async instances(region, of, names, signal) {
      if (names.length === 0) return [];
      const Name = of === 'images' ? 'image-id' : `tag:${ENVIRONMENT_TAG}`;
      return await findInstances(aws.in(region), { Name, Values: [...names] }, signal);
    },
    remove: (thing, signal) => removeThing(aws.in(thing.region), thing, signal),
  };
}
