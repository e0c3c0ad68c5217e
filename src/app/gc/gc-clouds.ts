import type { CloudLeftovers } from '../../platforms/cloud-leftovers.ts';
import { openEc2Leftovers } from '../../platforms/registry.ts';

/** A cloud with what gc does there; one connection for all its regions, beginning with the one that is asked for first. */
export type GcClouds = (region?: string) => Promise<CloudLeftovers>;

/** Connects to EC2 when it is first asked for: who has nothing there needs no credentials. */
export function gcClouds(open: typeof openEc2Leftovers = openEc2Leftovers): GcClouds {
  let opened: Promise<CloudLeftovers> | undefined;
  return (region) => {
    opened ??= open(region).catch((error: unknown) => {
      // Another may name a region where the first did not.
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
