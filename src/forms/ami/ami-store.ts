import type { Digest } from '../../core/digest.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { Scope } from '../../core/scope.ts';

/** Where AMIs are kept: one region of an account in a cloud. Every call may throw a `CLOUD_…` fault. */
export interface AmiStore {
  /** `eu-central-1` */
  readonly region: string;
  /** Whose they are, 12 digits; nothing where nobody tells. */
  account(signal: AbortSignal): Promise<string | undefined>;
  /** Asks for the first time, so that what cannot be reached, or knows nobody of this name, is told at once. */
  connect(signal: AbortSignal): Promise<void>;
  /** Whether there is an AMI that could be launched. */
  isThere(id: AmiId, signal: AbortSignal): Promise<boolean>;
  /** Writes a disk as a new snapshot, which is complete when this ends; what holds nothing but zeros is left out. */
  writeSnapshot(spec: SnapshotSpec, scope: Scope, signal: AbortSignal): Promise<NewSnapshot>;
  /** Makes an AMI whose root disk begins as a snapshot; it can be launched when this ends. */
  register(spec: AmiSpec, scope: Scope, signal: AbortSignal): Promise<NewAmi>;
  /** Writes what a snapshot holds into a new raw file, with holes where nothing was written; gives its digest. */
  readSnapshot(id: string, file: string, signal: AbortSignal): Promise<Digest>;
  /** Tags an AMI and its snapshots as those of a published image, `web@7`, with its tree's digest. */
  name(
    ids: readonly string[],
    image: string,
    digest: Digest,
    of: AmiTags,
    signal: AbortSignal,
  ): Promise<void>;
}

/** By what an AMI and its snapshots are known from the first on. */
export interface AmiTags {
  readonly bake: string;
  readonly template: string;
  /** Besides those of Kiln. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface SnapshotSpec extends AmiTags {
  /** A raw disk, absolute. */
  readonly file: string;
  /** Bytes of it. */
  readonly size: number;
  /** Where it has data, in bytes: all else is holes. */
  readonly data: readonly { readonly offset: number; readonly length: number }[];
  /** Whether it is encrypted; as the account's default says when not given. */
  readonly encrypted?: boolean;
  /** The ARN of the key that it is encrypted with; the account's own when not given. */
  readonly key?: string;
  /** Hears how much is done, 0 to 100. */
  readonly onPercent?: (percent: number) => void;
}

/** Something that goes with the scope until it is kept. */
export interface NewSnapshot {
  readonly id: string;
  /** Of what was written: the SHA-256 of the SHA-256s of all blocks of 512 KiB that hold more than zeros, in order. */
  readonly digest: Digest;
  keep(): void;
}

export interface AmiSpec extends AmiTags {
  readonly snapshot: string;
  /** `x86_64`, `arm64` */
  readonly architecture: string;
  readonly description: string;
  /** Bytes of the root disk; those of the snapshot when not given. */
  readonly volume?: number;
}

export interface NewAmi {
  readonly id: AmiId;
  keep(): void;
}
