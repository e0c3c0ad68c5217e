import type { Leftover } from './leftover.ts';

/** Virtual machines of killed bakes, with their keys, and half-made copies of booted bases. */
export async function leftMachines(home: string, cache: string): Promise<Leftover[]> {
  const { findLeftovers } = await import('../../platforms/qemu/leftovers.ts');
  return await findLeftovers(home, cache);
}
