import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ImagePart, Tombstone } from '../../catalogue/tombstone.ts';
import { Fault } from '../../core/fault.ts';
import { withImageFolder } from '../../forms/disk/image-files.ts';
import { markOf } from '../../forms/disk/image-mark.ts';
import type { AmiRegions } from '../distribute/distribute-ports.ts';
import type { Claims } from './claims.ts';
import { filesOf, placeOf } from './image-parts.ts';
import { bytesOnDisk } from './measure-files.ts';
import type { EngineImages } from './prune-ports.ts';
import { removeAmis } from './remove-amis.ts';
import { removeContainerImage } from './remove-container-image.ts';

/** What became of one part of a pruned image. */
export interface RemovedPart {
  readonly part: ImagePart;
  /** `shared` belongs to another image now; `pending` is tried again next time. */
  readonly state: 'removed' | 'shared' | 'pending';
  /** Which image it belongs to, why it could not be removed, or that there was nothing to remove. */
  readonly why?: string;
  /** Bytes of files that went; of what an engine frees nothing is known. */
  readonly freed: number;
}

/** What parts are removed with. */
export interface RemoveAround {
  readonly home: string;
  readonly claims: Claims;
  readonly images: (signal: AbortSignal) => Promise<EngineImages>;
  readonly amis: AmiRegions;
}

/** Removes a part of a pruned image that is still pending; what cannot be removed is told, and never thrown. */
export async function removePart(
  tombstone: Tombstone,
  part: ImagePart,
  around: RemoveAround,
  signal: AbortSignal,
): Promise<RemovedPart> {
  try {
    if (part === 'oci') return await removeFromEngine(tombstone, around, signal);
    if (part === 'ami') return await removeAmis(tombstone, around, signal);
    return await removeFiles(tombstone, part, around);
  } catch (error) {
    signal.throwIfAborted();
    return { part, state: 'pending', why: messageOf(error), freed: 0 };
  }
}

async function removeFromEngine(
  { forms }: Tombstone,
  { claims, images }: RemoveAround,
  signal: AbortSignal,
): Promise<RemovedPart> {
  const part = 'oci';
  const engine = await images(signal);
  const unclear = await claims.refresh();
  if (unclear !== undefined) return { part, state: 'pending', why: unclear, freed: 0 };
  let left: string | undefined;
  for (const form of forms) {
    if (form.kind !== 'oci') continue;
    const others = claims.ofContainerImage(form.digest);
    left = (await removeContainerImage(form, others, engine, signal)) ?? left;
  }
  return left === undefined
    ? { part, state: 'removed', freed: 0 }
    : { part, state: 'shared', why: left, freed: 0 };
}

async function removeFiles(
  tombstone: Tombstone,
  part: 'disk' | 'tree',
  { home, claims }: RemoveAround,
): Promise<RemovedPart> {
  const files = filesOf(tombstone, part).map((file) => ({ file, path: placeOf(file, home) }));
  const outside = files.find(({ path }) => path === undefined);
  if (outside !== undefined)
    return { part, state: 'pending', why: `${outside.file} is not where images are`, freed: 0 };
  const folders = new Set(files.map(({ path = '' }) => dirname(path)));
  let removed: RemovedPart = { part, state: 'removed', freed: 0 };
  for (const folder of folders) {
    const own = files.filter(({ path = '' }) => dirname(path) === folder);
    removed = await withImageFolder(folder, async () => {
      const unclear = await claims.refresh();
      if (unclear !== undefined) return { ...removed, state: 'pending', why: unclear };
      const owner = own.map(({ file }) => claims.ofFile(file)).find((name) => name !== undefined);
      if (owner !== undefined) return { ...removed, state: 'shared', why: owner };
      let { freed } = removed;
      for (const { path = '' } of own) {
        freed += await bytesOnDisk(path);
        await rm(path, { force: true });
        // A killed bake that made the same disk again has said so beside it.
        await rm(markOf(path), { force: true });
      }
      return { ...removed, freed };
    });
    // What other images of the same tree have may be in it.
    await rmdir(folder).catch(() => {});
    if (removed.state === 'pending') break;
  }
  return removed;
}

function messageOf(error: unknown): string {
  const { name, message, errno } = error as NodeJS.ErrnoException;
  if (error instanceof Fault) return [message, ...error.details].join('; ');
  if (name === 'TimeoutError') return 'another process is at work in its folder';
  // A file that may not be removed, a disk that fails; anything else is a bug, and must be seen.
  if (typeof errno === 'number') return message;
  throw error;
}
