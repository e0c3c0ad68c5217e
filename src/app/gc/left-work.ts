import { rm } from 'node:fs/promises';
import { memoryHome } from '../../core/memory-work.ts';
import { abandonedWork } from '../../core/own-work.ts';
import { removePrivateFoldersIn } from '../../platforms/private-folder.ts';
import type { Leftover } from './leftover.ts';
import type { Lives } from './living-owners.ts';

/** The temporary files of killed processes: half-made disks, copies of disks that were read, what KVM was tried with, keys of instances. */
export async function leftWork(home: string, cache: string, lives?: Lives): Promise<Leftover[]> {
  const places = [home, memoryHome(), cache];
  const folders = (await Promise.all(places.map((place) => abandonedWork(place, lives)))).flat();
  return folders.map((where) => ({
    what: 'temporary files',
    where,
    async remove() {
      await removePrivateFoldersIn(where);
      await rm(where, { recursive: true, force: true });
    },
  }));
}
