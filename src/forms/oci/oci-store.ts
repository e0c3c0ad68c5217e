import type { Digest } from '../../core/digest.ts';
import type { EngineName } from '../../core/intention.ts';
import type { Scope } from '../../core/scope.ts';
import type { TreeSource } from '../../tree/source.ts';

/** The part of an OCI image config that says how it is run (image-spec, config.md). */
export interface RunConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly StopSignal?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface OciImage {
  readonly id: Digest;
  readonly diffIds: readonly Digest[];
  readonly architecture: string;
  /** ISO time. */
  readonly created: string;
  readonly run: RunConfig;
  /** Paths that the engine keeps outside of a container's file tree. */
  readonly volumes: readonly string[];
  readonly tags: readonly string[];
  /** `REPOSITORY@sha256:…`, for images that came from a registry. */
  readonly repoDigests: readonly string[];
}

/** Where OCI images are kept: an engine. */
export interface OciStore {
  /** Undefined when there is none of that name or digest. */
  inspect(ref: string, signal: AbortSignal): Promise<OciImage | undefined>;
  pull(ref: string, signal: AbortSignal): Promise<void>;
  /** Takes an archive as `docker save` writes it; layers that are already there may be missing from it. */
  load(archive: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  tag(id: Digest, repository: string, tag: string): Promise<void>;
  untag(name: string): Promise<void>;
  /** Removes an image that has no name; one that has is left alone. */
  removeNameless(id: Digest): Promise<void>;
  /** The file tree of a container of the image that is never started. */
  readTree(id: Digest, bake: string, scope: Scope, signal: AbortSignal): Promise<TreeSource>;
  /** What it is called in a ledger. */
  engineName(signal: AbortSignal): Promise<EngineName>;
  /** `docker 20.10.24` */
  engineVersion(signal: AbortSignal): Promise<string>;
}
