import type { ResumedRecord } from '../catalogue/record.ts';
import type { Digest } from '../core/digest.ts';
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
  | { readonly bake: string };

export interface BaseOptions {
  /** A form or a machine needs a kernel: a Debian base gets its `boot:` packages, and a network of its own. */
  readonly bootable: boolean;
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
  /** The engine's image; a base that is a disk has none. */
  readonly image?: Digest;
  /** What an image of it keeps untouched below its own layer; nothing below is the same as the base when it is empty. */
  readonly layers: readonly Digest[];
  readonly architecture: string;
  readonly run: RunConfig;
  /** Content digest of its tree. */
  readonly tree: Digest;
  readonly manifest: () => Promise<Manifest>;
  /** Seconds since 1970: nothing in an image that is baked from it has a later time. */
  readonly epoch: number;
  /** A disk of it of so many bytes that virtual machines start from: made on first use, then kept. */
  disk(size: number): Promise<BootDisk>;
}

/** One that is an image of the engine. */
export interface ReadyImage extends ReadyBase {
  readonly image: Digest;
}
