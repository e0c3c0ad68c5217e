import type { ResumedRecord } from '../catalogue/record.ts';
import type { Digest } from '../core/digest.ts';
import type { AmiId } from '../core/form-id.ts';
import type { RunConfig } from '../forms/oci/oci-store.ts';
import type { BootDisk } from '../platforms/platform.ts';
import type { Manifest } from '../tree/manifest.ts';

/** A base as its file says it; see `config/base.ts`. */
export type BaseSource =
  | {
      readonly debian: string;
      readonly include: readonly string[];
      readonly boot?: readonly string[];
      readonly mirror?: string;
    }
  | { readonly image: string }
  | { readonly disk: string; readonly sha256: string }
  | { readonly ami: AmiSource }
  | { readonly bake: string };

/** A vendor's AMI, before it is known which. */
export interface AmiSource {
  /** An account's number, `self` or `amazon`. */
  readonly owner: string;
  /** With `*` and `?` as wildcards. */
  readonly name: string;
  /** As AWS calls it. */
  readonly architecture: 'x86_64' | 'arm64';
}

/** An AMI that instances start from. */
export interface VendorAmi {
  readonly id: AmiId;
  readonly region: string;
  readonly name: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** The device that its root is on: `/dev/xvda`. */
  readonly rootDevice: string;
  /** All of its disks, with their sizes in GiB; the root's among them. */
  readonly disks: readonly { readonly device: string; readonly size: number }[];
}

export interface BaseOptions {
  /** A form or a machine needs a kernel: a Debian base gets its `boot:` packages, and a network of its own. */
  readonly bootable: boolean;
  /** Where an AMI is looked for; by default the region that is configured. */
  readonly region?: string;
}

/** A base that is known by a digest, before anything of it has been made or fetched. */
export interface IdentifiedBase {
  /** The base's name: that of its file. */
  readonly name: string;
  /** `debian bookworm`, `image REF@sha256:…`, `bake hardened@3`: for people and for the record. */
  readonly source: string;
  /** What it is made of: equal inputs give an equal digest. The first part of a bake key. */
  readonly digest: Digest;
  /** `hardened@3`, when it is another template's image. */
  readonly image?: string;
  /** When that image, or one below it, was not baked from a clean machine. */
  readonly resumed?: ResumedRecord;
  /** Makes it ready in the engine, or finds it there. */
  prepare(): Promise<ReadyBase>;
}

/** A base that machines can be started from. */
export interface ReadyBase {
  /** The engine's image; a base that is a disk or an AMI has none. */
  readonly image?: Digest;
  /** What an image of it keeps untouched below its own layer; nothing below is the same as the base when it is empty. */
  readonly layers: readonly Digest[];
  readonly architecture: string;
  readonly run: RunConfig;
  /** What instances start from. */
  readonly ami?: VendorAmi;
  /** Content digest of its tree; nobody can read that of an AMI. */
  readonly tree?: Digest;
  /** Empty where the tree is not known. */
  readonly manifest: () => Promise<Manifest>;
  /** Seconds since 1970: nothing in an image that is baked from it has a later time. */
  readonly epoch: number;
  /** A disk of it of so many bytes that virtual machines start from: made on first use, then kept. */
  disk(size: number): Promise<BootDisk>;
}

/** One that is an image of the engine. */
export interface ReadyImage extends ReadyBase {
  readonly image: Digest;
  readonly tree: Digest;
}
