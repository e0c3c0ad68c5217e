import { Fault } from '../../core/fault.ts';
import type { Instance } from '../../platforms/launcher.ts';
import type { Launchers } from './join-launchers.ts';

/** What a place in an environment holds: the instance that serves, and what earlier launches left there. */
export interface Place {
  readonly slot: number;
  readonly serving: Instance | undefined;
  /** It was let serve again, as a launch had been killed in the middle of a swap. */
  readonly restored: boolean;
  /** Ended by themselves, or left by a launch that was killed. */
  readonly leftovers: readonly Instance[];
}

/**
 * What each place of a template holds. Where a launch was killed in the middle of a swap, so that nothing serves
 * though something runs, the one that ran first is let serve again: it was checked, the other perhaps not.
 */
export async function settle(
  launcher: Launchers,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<readonly Place[]> {
  const slots = [...new Set(instances.map(({ slot }) => slot))].sort((a, b) => a - b);
  return await Promise.all(
    slots.map(async (slot) => {
      const here = instances.filter((instance) => instance.slot === slot).sort(byAge);
      const found = here.find((instance) => instance.serving);
      const serving = found ?? (await putBack(here));
      const leftovers = here.filter((instance) => instance.id !== serving?.id);
      return { slot, serving, restored: found !== serving, leftovers };
    }),
  );

  async function putBack(here: readonly Instance[]): Promise<Instance | undefined> {
    for (const instance of here.filter(({ running }) => running)) {
      try {
        await launcher.publish(instance, signal);
        return { ...instance, serving: true };
      } catch (error) {
        // It cannot serve again; what is launched in its place will, or says why it cannot.
        if (!(error instanceof Fault) || !['MACHINE_LOST', 'PORT_TAKEN'].includes(error.code)) throw error;
      }
    }
    return undefined;
  }
}

function byAge(a: Instance, b: Instance): number {
  return a.startedAt < b.startedAt ? -1 : 1;
}
