import type { AmiId } from '../core/form-id.ts';
import type { Scope } from '../core/scope.ts';
import type { CloudCaller } from './cloud-caller.ts';

/** AMIs of one's account in one region. Every call may throw a `CLOUD_…` fault. */
export interface AmiRegion extends CloudCaller {
  /** `us-west-2` */
  readonly region: string;
  /** Nothing where the account has no such AMI; one that is only shared with it is none of its. */
  find(id: AmiId, signal: AbortSignal): Promise<RegionalAmi | undefined>;
  /** As `RegionalAmi.state`, of one that is shared with the account too; nothing where it sees none. */
  stateOf(id: AmiId, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Copies an AMI of another region to this one, once AWS takes another copy; it goes with the scope until it is kept.
   * Its id is in the ledger before it is waited for. Ends when it can be launched and has its tags, which may take hours.
   */
  copy(spec: CopySpec, scope: Scope, signal: AbortSignal): Promise<RegionalCopy>;
  /** Lets exactly these launch it and read its snapshots; gives what that changed, a line each. */
  share(ami: RegionalAmi, shares: AmiShares, signal: AbortSignal): Promise<readonly string[]>;
  /** Marks it as not to be used from a time on; gives whether that is new. */
  deprecate(ami: RegionalAmi, at: Date, signal: AbortSignal): Promise<boolean>;
  /** Who would miss one of these AMIs, as far as this account sees. */
  users(ids: readonly AmiId[], signal: AbortSignal): Promise<readonly AmiUser[]>;
  /**
   * Removes an AMI, then its snapshots that carry Kiln's tag. Where the AMI, or a snapshot that is named, has the tag no
   * more, nothing is removed: `CLOUD_FAILED`.
   */
  remove(ami: AmiToRemove, signal: AbortSignal): Promise<RemovedAmi>;
}

/** An AMI as its region has it. */
export interface RegionalAmi {
  readonly id: AmiId;
  readonly name: string;
  readonly description: string;
  /** As AWS has it: `pending`, `available`, `failed`, … */
  readonly state: string;
  /** Why it is in that state, where AWS says so. */
  readonly why?: string;
  /** Of its disks, the root's first. */
  readonly snapshots: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /** From when on it is deprecated; ISO 8601, UTC. */
  readonly deprecated?: string;
}

/** A copy that was just made. */
export interface RegionalCopy extends RegionalAmi {
  /** The scope no longer removes it. */
  keep(): void;
}

export interface CopySpec {
  readonly source: RegionalAmi & { readonly region: string };
  /** Who makes it, as its tag `kiln.bake` says; one run makes one copy in a region. */
  readonly run: string;
  /** All else that the copy and its snapshots carry. */
  readonly tags: Readonly<Record<string, string>>;
  /** The key of this region that its disks are encrypted with; without one they are encrypted where the source's are. */
  readonly key?: string;
  /** Hears why it is waited for: at once, then every five minutes. */
  readonly note?: (message: string) => void;
}

/** Who may use an AMI besides its account. */
export interface AmiShares {
  /** May launch it: 12 digits each. */
  readonly accounts: readonly string[];
  /** All accounts of them may: ARNs. */
  readonly organizations: readonly string[];
  readonly units: readonly string[];
  /** Accounts that may copy it and make volumes of its snapshots. */
  readonly snapshots: readonly string[];
}

/** Something that refers to an AMI. */
export interface AmiUser {
  readonly ami: AmiId;
  /** `instance i-0123456789abcdef0 (stopped)`, `launch template web-prod, version 3` */
  readonly user: string;
}

export interface AmiToRemove {
  readonly id: AmiId;
  /** Known to be its own, whether the AMI still says so or not. */
  readonly snapshots: readonly string[];
}

export interface RemovedAmi {
  /** Whether anything of it was there. */
  readonly found: boolean;
}
