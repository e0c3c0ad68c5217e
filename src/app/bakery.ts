import { join } from 'node:path';
import type { BaseContext } from '../bases/base-context.ts';
import { openFileCatalogue } from '../catalogue/file-store.ts';
import type { Catalogue } from '../catalogue/store.ts';
import type { StageLog } from '../core/events.ts';
import { cacheHome, kilnHome } from '../core/home.ts';
import { ownWork } from '../core/own-work.ts';
import type { Scope } from '../core/scope.ts';
import { slots } from '../core/slots.ts';
import type { OciStore } from '../forms/oci/oci-store.ts';
import type { Platform } from '../platforms/platform.ts';
import { openEc2, openQemu } from '../platforms/registry.ts';
import type { AmiRegions } from './distribute/distribute-ports.ts';
import { lazyAmiRegions } from './distribute/open-distribute.ts';
import { lazyDocker } from './lazy-docker.ts';

/** Everything outside this process that a bake works with. */
export interface BakeryPorts {
  /** Each call connects first, if none did before: `ENGINE_UNREACHABLE` when there is no engine. */
  readonly docker: { readonly platform: Platform; readonly images: OciStore; connect(): Promise<void> };
  readonly qemu: () => ReturnType<typeof openQemu>;
  /** EC2 in a region, or in the one that is configured; `CONFIG_INVALID` without one. Nothing is sent yet. */
  readonly ec2: (region?: string) => ReturnType<typeof openEc2>;
  /** AMIs of one's account in any region. */
  readonly amis: AmiRegions;
  readonly catalogue: Catalogue;
  /** Reads a tree when one of those that are read at the same time has come to its end. */
  readonly reading: <T>(signal: AbortSignal, read: () => Promise<T>) => Promise<T>;
  /** `$KILN_HOME`. */
  readonly home: string;
  /** A folder for large temporary files. */
  readonly work: string;
  /** The folder of cached bases. */
  readonly cache: string;
}

/**
 * Trees that are read at once: one processor hashes them all, and each takes memory for its manifest, while hundreds of
 * bakes may wait for what others do.
 */
const READ_AT_ONCE = 4;

/** What is needed to bake; nothing is connected to yet. */
export function openBakery(signal: AbortSignal): BakeryPorts {
  const home = kilnHome();
  const free = slots(READ_AT_ONCE);
  return {
    docker: lazyDocker(signal),
    qemu: () => openQemu(),
    ec2: (region) => openEc2(region),
    amis: lazyAmiRegions(),
    catalogue: openFileCatalogue(home),
    reading: (both, read) => free(1, both, read),
    home,
    work: ownWork(home),
    cache: join(cacheHome(), 'bases'),
  };
}

export function baseContext(
  { docker, ec2, work, cache, id, root }: BakeryPorts & { readonly id: string; readonly root: string },
  scope: Scope,
  log: StageLog,
  signal: AbortSignal,
): BaseContext {
  return { bake: id, root, images: docker.images, ec2, work, cache, scope, log, signal };
}
