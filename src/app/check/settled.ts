import type { Inventory } from '../../catalogue/inventory.ts';
import type { StageLog } from '../../core/events.ts';
import { Fault } from '../../core/fault.ts';
import { sleep } from '../../core/wait.ts';
import { awaitHealthy } from '../../health/await-healthy.ts';
import type { Machine } from '../../platforms/platform.ts';
import type { ImageRuntime } from '../launch/image-runtime.ts';
import { takeInventory } from '../take-inventory.ts';

const BOOT_MS = 120_000;
/** How long nothing new may be listened on. */
const QUIET_MS = 3_000;
const MOST_LOOKS = 10;

/**
 * What a fresh machine has when it is up: its init has started all, its image's own checks hold, and no port came or went
 * for a while.
 */
export async function settled(
  machine: Machine,
  { init, checks, probe }: Pick<ImageRuntime, 'init' | 'checks' | 'probe'>,
  { log, signal }: { readonly log: StageLog; readonly signal: AbortSignal },
): Promise<Inventory> {
  if (init === 'systemd') await booted(machine, log, signal);
  const report = await awaitHealthy(machine, checks, probe, { log, signal });
  if (!report.healthy) log.note(`its own checks do not hold: ${report.reason ?? 'it is not healthy'}`);
  let { inventory } = await takeInventory(machine, signal);
  for (let looks = 1; looks < MOST_LOOKS; looks++) {
    await sleep(QUIET_MS, signal);
    const before = listening(inventory);
    ({ inventory } = await takeInventory(machine, signal));
    if (listening(inventory) === before) break;
  }
  return inventory;
}

/** A unit that failed makes it `degraded`, and is no reason to wait longer. */
async function booted(machine: Machine, log: StageLog, signal: AbortSignal): Promise<void> {
  try {
    await machine.exec(['systemctl', 'is-system-running', '--wait'], { signal, timeout: BOOT_MS });
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'TIMEOUT') throw error;
    log.note('some unit still has not started');
  }
}

function listening({ ports }: Inventory): string {
  return ports.map(({ protocol, address, port }) => `${protocol} ${address} ${port}`).join('\n');
}
