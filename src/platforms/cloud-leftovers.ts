import type { CloudCaller } from './cloud-caller.ts';

export type CloudKind =
  | 'instance'
  | 'volume'
  | 'AMI'
  | 'snapshot'
  | 'key pair'
  | 'security group'
  | 'launch template'
  | 'launch template version';

/** Something in a region of a cloud that carries the tag `kiln.bake`, that a ledger names, or that is part of what carries it. */
export interface CloudThing {
  readonly kind: CloudKind;
  readonly region: string;
  /** `i-0123456789abcdef0`; of a key pair its name, of a version `lt-0123456789abcdef0/7`. */
  readonly id: string;
  /** The tag's value, or a version's description: the bake, launch or distribution that made it. Nothing where it has none. */
  readonly bake?: string;
  /** It was made for an environment: to run there, not for a while. */
  readonly environment?: string;
  /** It is, or is of, an image that was published: `web@7`. */
  readonly image?: string;
  /** The instance that a volume is part of, an instance's AMI, an AMI's snapshots. */
  readonly parts: readonly string[];
}

/** What gc does in a cloud. Every call may throw a `CLOUD_…` fault. */
export interface CloudLeftovers extends CloudCaller {
  /** All regions that the account has. */
  regions(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Whatever is tagged with a bake in a region, or with any; what is about to be gone is none. Of launch templates' versions
   * only the latest, as it alone is in the way of others: one that is not the default, of a launch that has no instance.
   */
  tagged(region: string, bake: string | undefined, signal: AbortSignal): Promise<readonly CloudThing[]>;
  /** AMIs of this account by their ids, tagged or not, with all their snapshots. */
  images(region: string, ids: readonly string[], signal: AbortSignal): Promise<readonly CloudThing[]>;
  /** The instances that were started from AMIs, or are of environments, whoever did; those that were terminated are none. */
  instances(
    region: string,
    of: 'images' | 'environments',
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly CloudThing[]>;
  /** Removes it and waits until it is gone; what is not there is no failure. An AMI goes with its snapshots. */
  remove(thing: CloudThing, signal: AbortSignal): Promise<void>;
}
