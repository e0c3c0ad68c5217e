import type { Catalogue } from '../../catalogue/store.ts';
import { openTombstones } from '../../catalogue/tombstones.ts';
import { Fault } from '../../core/fault.ts';
import { lockHolder } from '../../core/lock.ts';
import { openDocker } from '../../platforms/registry.ts';
import type { AmiRegions } from '../distribute/distribute-ports.ts';
import { lazyAmiRegions } from '../distribute/open-distribute.ts';
import { prunesFinisher } from '../prune/finish-prunes.ts';
import { pruneLockFile, withPruneLock } from '../prune/prune-images.ts';
import type { EngineImages } from '../prune/prune-ports.ts';
import type { Leftover } from './leftover.ts';

/** What killed prunes, and those that could not reach an engine, have left of images. */
export async function leftPrunes(
  home: string,
  catalogue: Catalogue,
  images: (signal: AbortSignal) => Promise<EngineImages> = async (signal) =>
    (await openDocker(signal)).images,
  amis: AmiRegions = lazyAmiRegions(),
): Promise<Leftover[]> {
  const tombstones = openTombstones(home);
  const unfinished = await tombstones.unfinished();
  const found = unfinished.flatMap((one) => (one instanceof Fault ? [] : [one]));
  // One for all of them: it reads every record of the catalogue, once.
  const finish = prunesFinisher({ catalogue, tombstones, images, amis, home });
  const owner = found.length === 0 ? undefined : await lockHolder(pruneLockFile(home));
  const keep = owner === undefined ? undefined : `a prune is at work (process ${owner})`;
  return found.map((tombstone) => ({
    what: `rest of ${tombstone.image}, which was pruned`,
    where: tombstones.fileOf(tombstone),
    keep,
    async remove(signal) {
      const { parts } = await withPruneLock({ home, say: () => {} }, signal, () => finish(tombstone, signal));
      const left = parts.find(({ state }) => state === 'pending');
      if (left === undefined) return;
      throw new Fault('ENGINE_FAILED', `not all of ${tombstone.image} could be removed: ${left.why}`, {
        hint: 'The next `bake gc` or `bake prune` tries again.',
      });
    },
  }));
}
