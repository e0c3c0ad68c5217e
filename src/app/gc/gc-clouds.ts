import type { CloudLeftovers } from '../../platforms/cloud-leftovers.ts';
import { openEc2 } from '../../platforms/registry.ts';

/** A cloud with what gc does there; one connection for all its regions, beginning with the one that is asked for first. */
export type GcClouds = (region?: string) => Promise<CloudLeftovers>;

/** Connects to EC2 when it is first asked for: who has nothing there needs no credentials. */
export function gcClouds(
  open: (region?: string) => Promise<{ readonly leftovers: CloudLeftovers }> = openEc2,
): GcClouds {
  let opened: Promise<CloudLeftovers> | undefined;
  return (region) => {
    opened ??= open(region).then(({ leftovers }) => leftovers);
    return opened;
  };
}
