import { rm } from 'node:fs/promises';
import { memoryHome } from '../../core/memory-work.ts';
import { abandonedWork } from '../../core/own-work.ts';
import type { Leftover } from './leftover.ts';

/** The temporary files of killed processes: half-made disks, copies of disks that were read. */
export async function leftWork(home: string): Promise<Leftover[]> {
  const folders = [...(await abandonedWork(home)), ...(await abandonedWork(memoryHome()))];
  return folders.map((where) => ({
    what: 'temporary files',
    where,
    remove: () => rm(where, { recursive: true, force: true }),
  }));
}
