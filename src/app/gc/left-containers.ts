import { type DeadRun, openOf } from './dead-run.ts';
import type { GcEngine } from './gc-engines.ts';
import type { Leftover } from './leftover.ts';

/** Containers of a killed bake, and those that trees were read from. */
export async function leftContainers(
  run: DeadRun,
  { leftovers }: Pick<GcEngine, 'leftovers'>,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const names = openOf(run, 'container').map(({ name }) => name);
  const found = await leftovers.containers({ bake: run.run, names }, signal);
  return found.map((container) => ({
    what: 'container',
    where: container.name,
    remove: (all) => leftovers.remove(container, all),
  }));
}
