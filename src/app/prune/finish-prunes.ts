import type { Tombstone } from '../../catalogue/tombstone.ts';
import { Fault } from '../../core/fault.ts';
import { openClaims } from './claims.ts';
import type { PrunePorts } from './prune-ports.ts';
import { type RemoveAround, type RemovedPart, removePart } from './remove-parts.ts';

/** An image that is in the catalogue no more, and what became of all that it consisted of. */
export interface PrunedImage {
  /** `web@3` */
  readonly name: string;
  readonly parts: readonly RemovedPart[];
}

/** What was removed of pruned images. */
export interface FinishedPrunes {
  readonly images: readonly PrunedImage[];
  /** Tombstones that cannot be read, so that nobody knows what is pending. */
  readonly damaged: readonly Fault[];
}

type FinishPorts = Pick<PrunePorts, 'catalogue' | 'tombstones' | 'home'> &
  Pick<RemoveAround, 'images' | 'amis'>;

/** Removes what is left of images that were pruned, by this process or by one that was killed; needs the lock of prunes. */
export async function finishPrunes(
  ports: FinishPorts & Pick<PrunePorts, 'progress'>,
  signal: AbortSignal,
): Promise<FinishedPrunes> {
  const finish = prunesFinisher(ports);
  const found = await ports.tombstones.unfinished();
  const images: PrunedImage[] = [];
  for (const [index, tombstone] of found.entries()) {
    if (tombstone instanceof Fault) continue;
    ports.progress(`removing ${tombstone.image}`, (index / found.length) * 100);
    images.push(await finish(tombstone, signal));
  }
  return { images, damaged: found.filter((one) => one instanceof Fault) };
}

/** Removes what is pending of one image after the other, and writes down what still is; needs the lock of prunes. */
export function prunesFinisher({ catalogue, tombstones, images, amis, home }: FinishPorts) {
  const around = { home, images, amis, claims: openClaims(catalogue, home) };
  return async (tombstone: Tombstone, signal: AbortSignal): Promise<PrunedImage> => {
    const parts: RemovedPart[] = [];
    for (const part of tombstone.pending) {
      signal.throwIfAborted();
      parts.push(await removePart(tombstone, part, around, signal));
    }
    const pending = parts.filter(({ state }) => state === 'pending').map(({ part }) => part);
    if (pending.length < tombstone.pending.length) await tombstones.settle(tombstone, pending);
    return { name: tombstone.image, parts };
  };
}
