import { together } from '../../core/together.ts';
import { runtimeOf } from '../launch/image-runtime.ts';
import { baseInventory } from './base-inventory.ts';
import { type CheckPorts, onFreshMachine, type WhichImage } from './fresh-machine.ts';
import { keepPassing } from './keep-passing.ts';
import { type LeftOut, type ProposedChecks, proposeChecks } from './propose-checks.ts';
import { settled } from './settled.ts';

/** Checks that an image could have. */
export interface SuggestedChecks {
  /** `web@7` */
  readonly image: string;
  readonly form: string;
  readonly base: string;
  /** Whether the base could be compared with: without it, what it brings is proposed as well. */
  readonly compared: boolean;
  readonly checks: ProposedChecks;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Proposes checks for what an image has beyond its base, as a fresh machine of it shows; each of them held there by the
 * probe. `IMAGE_UNKNOWN`, `IMAGE_ALTERED`, `FORM_MISSING`, and what the machine throws.
 */
export async function suggestChecks(
  which: WhichImage,
  ports: CheckPorts,
  signal: AbortSignal,
): Promise<SuggestedChecks> {
  return await onFreshMachine(which, ports, signal, async (fresh) => {
    const { record, form, machine, stages } = fresh;
    return await stages.run('check', async (log) => {
      const [seen, base] = await together(signal, [
        (both) => settled(machine, runtimeOf(record), { log, signal: both }),
        (both) => baseInventory(fresh, ports, { log, signal: both }),
      ]);
      const proposed = proposeChecks(seen, base);
      const kept = await keepPassing(machine, proposed.checks, { log, signal });
      return {
        image: record.name,
        form,
        base: record.base.name,
        compared: base !== undefined,
        checks: kept.checks,
        leftOut: [...proposed.leftOut, ...kept.leftOut],
      };
    });
  });
}
