import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../core/atomic-file.ts';
import type { Digest } from '../core/digest.ts';
import { shortDigest } from '../core/digest.ts';
import { withLock } from '../core/lock.ts';
import { ociForm } from '../forms/oci/oci-form.ts';
import { sealTree } from '../seal/seal-tree.ts';
import { captureTree } from '../tree/capture.ts';
import { readManifest, writeManifest } from '../tree/manifest.ts';
import type { TreeSource } from '../tree/source.ts';
import { Spool } from '../tree/spool.ts';
import type { ReadyImage } from './base.ts';
import type { BaseContext } from './base-context.ts';
import { diskOfImage } from './base-disk.ts';

/** A tree from outside that is to become a base. */
export interface NewTree {
  readonly source: TreeSource;
  readonly architecture: string;
  readonly epoch: number;
}

/** What the cache knows of a base: `base.json` beside `manifest.ndjson.gz`. */
interface CachedBase {
  readonly image: Digest;
  readonly tree: Digest;
  readonly epoch: number;
}

/**
 * The base of this digest: from the cache when the engine still has its image, else made from `make`'s tree,
 * sealed as an image is. Two bakes that want the same base at once make it once.
 */
export async function preparedTree(
  digest: Digest,
  context: BaseContext,
  make: () => Promise<NewTree>,
): Promise<ReadyImage> {
  const folder = join(context.cache, digest.replace('sha256:', ''));
  return await withLock(lockFile(folder), context.signal, async () => {
    return (await cachedBase(folder, context)) ?? (await makeBase(folder, digest, context, await make()));
  });
}

async function cachedBase(folder: string, context: BaseContext): Promise<ReadyImage | undefined> {
  const { images, signal } = context;
  // What cannot be read is made again.
  const cached = await readFile(join(folder, 'base.json'), 'utf8')
    .then((text) => JSON.parse(text) as CachedBase)
    .catch(() => undefined);
  if (cached === undefined) return undefined;
  const image = await images.inspect(cached.image, signal);
  if (image === undefined || !existsSync(manifestFile(folder))) return undefined;
  const { diffIds: layers, architecture, run } = image;
  return {
    ...cached,
    layers,
    architecture,
    run,
    manifest: () => readManifest(manifestFile(folder), cached.tree),
    disk: (size) => diskOfImage(cached, size, context),
  };
}

async function makeBase(
  folder: string,
  digest: Digest,
  context: BaseContext,
  made: NewTree,
): Promise<ReadyImage> {
  const { images, scope, signal, bake, work } = context;
  await using spool = await Spool.create(join(work, `base-${bake}`));
  const source = sealTree(made.source, { epoch: made.epoch, inBase: () => true });
  const tree = await captureTree(source, { base: [], content: 'changed', epoch: made.epoch, spool, signal });
  const { epoch, architecture } = made;
  const form = ociForm(images, bake);
  const mastered = await form.master(
    tree,
    { bake, baseLayers: [], architecture, epoch, run: {}, lock: lockFile(folder) },
    scope,
    signal,
  );
  const image = await images.inspect(mastered.ref.digest, signal);
  // The name keeps the engine's own clean-up from taking the base away.
  await mastered.name('base', shortDigest(digest));
  await writeManifest(manifestFile(folder), await tree.manifest());
  const cached: CachedBase = { image: mastered.ref.digest, tree: tree.digest, epoch };
  await writeFileAtomically(join(folder, 'base.json'), JSON.stringify(cached));
  mastered.keep();
  return {
    ...cached,
    layers: image?.diffIds ?? [],
    architecture,
    run: {},
    manifest: () => readManifest(manifestFile(folder), tree.digest),
    disk: (size) => diskOfImage(cached, size, context),
  };
}

function lockFile(folder: string): string {
  return join(folder, 'lock');
}

function manifestFile(folder: string): string {
  return join(folder, 'manifest.ndjson.gz');
}
