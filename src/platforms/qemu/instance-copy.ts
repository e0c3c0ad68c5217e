import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { withLock } from '../../core/lock.ts';
import { copyOverlay, endCopy } from './copy-overlay.ts';
import { VM_FILES } from './qemu-command.ts';
import { connectQmp, type Qmp } from './qmp.ts';

/** It is there in the folder of an instance while a copy of its disk is made. */
export const COPY_LOCK = 'copying.lock';

/** Copies the disk of an instance that runs, into a file that was made for it. */
export async function copyInstance(folder: string, copy: string, signal: AbortSignal): Promise<void> {
  await withJobs(folder, signal, (qmp) => copyOverlay(qmp, copy, signal));
}

/** Ends the copy that a killed process was making: QEMU would write on, and hold a file that nobody sees any more. */
export async function endInstanceCopy(folder: string, signal: AbortSignal): Promise<void> {
  try {
    await withJobs(folder, signal, (qmp) => endCopy(qmp, { signal }));
  } catch (error) {
    // No QEMU holds anything, where none runs.
    if (!(error instanceof Fault) || error.code !== 'MACHINE_LOST') throw error;
  }
}

/** By a monitor of its own: others ask for the instance meanwhile. */
async function withJobs(
  folder: string,
  signal: AbortSignal,
  work: (qmp: Qmp) => Promise<void>,
): Promise<void> {
  await withLock(join(folder, COPY_LOCK), signal, async () => {
    const qmp = await connectQmp(join(folder, VM_FILES.jobs), { signal });
    try {
      await work(qmp);
    } finally {
      qmp.close();
    }
  });
}
