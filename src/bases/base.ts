import type { Digest } from '../core/digest.ts';
import type { RunConfig } from '../forms/oci/oci-store.ts';
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
  | { readonly bake: string };

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
  /** Makes it ready in the engine, or finds it there. */
  prepare(): Promise<ReadyBase>;
}

/** A base that machines can be started from. */
export interface ReadyBase {
  /** The engine's image. */
  readonly image: Digest;
  readonly layers: readonly Digest[];
  readonly architecture: string;
  readonly run: RunConfig;
  /** Content digest of its tree. */
  readonly tree: Digest;
  readonly manifest: () => Promise<Manifest>;
  /** Seconds since 1970: nothing in an image that is baked from it has a later time. */
  readonly epoch: number;
}
