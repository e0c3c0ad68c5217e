import type { AmiId } from '../../core/form-id.ts';

/** What an instance of a bake is started from, and how it is reached: what the template says of it. */
export interface InstanceBase {
  readonly ami: {
    readonly id: AmiId;
    /** The device that its root is on. */
    readonly rootDevice: string;
    /** All of its disks, with their sizes in GiB. */
    readonly disks: readonly { readonly device: string; readonly size: number }[];
  };
  readonly type: string;
  /** Take spare capacity, if there is any. */
  readonly spot: boolean;
  /** Bytes of the root disk; those of the AMI when they are more, or when it is not given. */
  readonly volume?: number | undefined;
  /** The ARN of the key that its disks are encrypted with; the account's own when not given. */
  readonly key?: string | undefined;
  readonly subnet?: string | undefined;
  /** The instance profile's name. */
  readonly profile?: string | undefined;
  readonly user: string;
  readonly address: 'public' | 'private';
  /** Who may connect, as CIDR. */
  readonly from?: string | undefined;
  /** As a person wrote it, with `%h` and `%p`. */
  readonly proxyCommand?: string | undefined;
  /** Milliseconds until it must have been entered. */
  readonly startTimeout: number;
}
