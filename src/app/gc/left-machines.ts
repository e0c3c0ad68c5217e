import type { Leftover } from './leftover.ts';
import type { Lives } from './living-owners.ts';

/** Virtual machines of killed bakes, with their keys, half-made copies of booted bases and folders of instances that are none. */
export async function leftMachines(home: string, cache: string, lives?: Lives): Promise<Leftover[]> {
  const { findLeftovers } = await import('../../platforms/qemu/leftovers.ts');
  return await findLeftovers(home, cache, lives);
}
