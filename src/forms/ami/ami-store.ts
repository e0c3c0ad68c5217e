import type { Digest } from '../../core/digest.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { Scope } from '../../core/scope.ts';

/** Where AMIs are kept: one region of an account in a cloud. Every call may throw a `CLOUD_…` fault. */
export interface AmiStore {
  /** `eu-central-1` */
  readonly region: string;
  /** Writes a disk as a new snapshot, which is complete when this ends; what holds nothing but zeros is left out. */
  writeSnapshot(spec: SnapshotSpec, scope: Scope, signal: AbortSignal): Promise<NewSnapshot>;
  /** Makes an AMI whose root disk is a copy of a snapshot; it can be launched when this ends. */
  register(spec: AmiSpec, scope: Scope, signal: AbortSignal): Promise<NewAmi>;
  /** Writes what a snapshot holds into a new raw file, in which what was left out is a hole. */
  readSnapshot(id: string, file: string, signal: AbortSignal): Promise<void>;
  /** Gives AMIs and snapshots further tags, or others than they had by these names. */
  tag(ids: readonly string[], tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void>;
}

export interface SnapshotSpec {
  readonly bake: string;
  /** The template that it is made of. */
  readonly template: string;
  /** A raw disk, absolute. */
  readonly file: string;
  /** Whether it is encrypted; as the account's default says when not given. */
  readonly encrypted?: boolean;
  /** The ARN of the key that it is encrypted with; the account's own when not given. */
  readonly key?: string;
  /** Besides those of Kiln. */
  readonly tags: Readonly<Record<string, string>>;
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

export interface AmiSpec {
  readonly bake: string;
  readonly template: string;
  readonly snapshot: string;
  /** `x86_64`, `arm64` */
  readonly architecture: string;
  readonly description: string;
  /** Bytes of the root disk; those of the snapshot when not given. */
  readonly volume?: number;
  /** Besides those of Kiln. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewAmi {
  readonly id: AmiId;
  keep(): void;
}
