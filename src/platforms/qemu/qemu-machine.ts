import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../../core/fault.ts';
import type { Init, Machine } from '../platform.ts';
import { explainedSsh } from '../ssh/explained.ts';
import type { StartedMachine } from './cold-start.ts';
import { bootProgress, readConsole, tailOf } from './console.ts';

/** The connection's end is heard of before the process's. */
const ENDING_MS = 500;
const POLL_MS = 20;

/** A running virtual machine as a machine. */
export function qemuMachine(
  id: string,
  init: Init,
  { vm, ssh }: StartedMachine,
  remove: () => Promise<void>,
): Machine {
  /** A lost connection is told with what became of the machine. */
  async function explain(error: unknown): Promise<unknown> {
    if (!(error instanceof Fault) || error.code !== 'MACHINE_LOST') return error;
    for (let waited = 0; vm.isAlive() && waited < ENDING_MS; waited += POLL_MS) await delay(POLL_MS);
    const text = await readConsole(vm.console);
    const { stuck } = bootProgress(text);
    const details = [...error.details, ...tailOf(text).map((line) => `console: ${line}`)];
    if (!vm.isAlive()) {
      return new Fault('MACHINE_LOST', `QEMU ended, and the machine with it: ${error.message}`, {
        details,
        hint: 'It was ended from outside, or the machine powered off: see the end of its console.',
        cause: error,
      });
    }
    const why = stuck === undefined ? error.message : `${error.message}: ${stuck}`;
    return new Fault('MACHINE_LOST', why, {
      details,
      hint: 'The machine is still there: something in it took its network, or it is stuck. See the end of its console.',
      cause: error,
    });
  }

  return {
    id,
    platform: 'qemu',
    init,
    // QEMU's user network has none that this host could reach
    address: undefined,
    remove,
    ...explainedSsh(ssh, explain),
  };
}
