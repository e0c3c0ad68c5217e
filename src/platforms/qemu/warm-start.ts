import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { together } from '../../core/together.ts';
import { sleep, withDeadline } from '../../core/wait.ts';
import { createOverlay } from '../../disks/create-overlay.ts';
import { HOSTNAME, type MachineStart, newGuestKeys, OVERLAY, type StartedMachine } from './cold-start.ts';
import { enterResumed } from './enter-guest.ts';
import { leaveMemoryOut } from './leave-memory-out.ts';
import { STATE_FD } from './qemu-command.ts';
import { renew } from './renew.ts';
import { type RunningVm, startVm } from './vm.ts';
import { damageOf, touchWarm, WARM_FILES, type WarmEntry } from './warm-cache.ts';

/** All of it takes about a second; a host that has no time for it may take longer. */
const WITHIN_MS = 20_000;
const POLL_MS = 5;
/** The saved machine's disk, in the folder of a machine that lies over it. */
const WARM_DISK = 'warm.qcow2';

/**
 * Resumes a saved machine on a fresh overlay, with its own time, randomness and keys before anything else. Every
 * failure is a Fault, also that the copy is damaged; QEMU may run then.
 */
export async function warmStart(
  start: MachineStart,
  entry: WarmEntry,
  signal: AbortSignal,
): Promise<StartedMachine> {
  using deadline = withDeadline(
    signal,
    WITHIN_MS,
    () => new Fault('MACHINE_UNREACHABLE', `it did not resume within ${WITHIN_MS / 1000} s`),
  );
  const [machine] = await together(deadline.signal, [
    (both) => resume(start, entry, both),
    async (both) => {
      const damage = await damageOf(entry, both);
      if (damage !== undefined) throw new Fault('DIGEST_MISMATCH', damage);
    },
    () => touchWarm(entry),
  ]);
  return machine;
}

async function resume(start: MachineStart, entry: WarmEntry, signal: AbortSignal): Promise<StartedMachine> {
  const { folder } = start;
  const [vm, keys] = await together(signal, [
    (both) => loadVm(start, entry, both),
    (both) => newGuestKeys(folder, both),
  ]);
  await vm.qmp.execute('cont', {}, { signal });
  // What listens in it takes nobody before it is renewed: so the way in can be opened meanwhile.
  const [, ssh] = await together(signal, [
    (both) => renew(vm.folder, keys, entry.manifest.oldKey, WITHIN_MS, both),
    (both) => enterResumed(vm, folder, keys, WITHIN_MS, both),
  ]);
  return { vm, ssh };
}

async function loadVm(
  { folder, vm, accelerator }: MachineStart,
  { folder: warm, manifest }: WarmEntry,
  signal: AbortSignal,
): Promise<RunningVm> {
  const overlay = join(folder.path, OVERLAY);
  const disk = await ownName(join(warm, WARM_FILES.disk), join(folder.path, WARM_DISK));
  await createOverlay(overlay, { file: disk, format: 'qcow2' }, signal);
  const running = await startVm(
    {
      ...{ folder: folder.path, vm, overlay, hostname: HOSTNAME, credentials: new Map(), accelerator },
      ...(manifest.files.seed === undefined ? {} : { seed: join(warm, WARM_FILES.seed) }),
      memory: { file: join(warm, WARM_FILES.memory), shared: false },
      resume: join(warm, WARM_FILES.state),
      channel: true,
    },
    signal,
  );
  await leaveMemoryOut(running.qmp, signal);
  await running.qmp.execute('migrate-incoming', { uri: `fd:${STATE_FD}` }, { signal });
  for (;;) {
    const { status } = await running.qmp.execute<{ status?: string }>('query-migrate', {}, { signal });
    if (status === 'completed') return running;
    if (status === 'failed') throw new Fault('QEMU_FAILED', 'QEMU could not read the saved state');
    await sleep(POLL_MS, signal);
  }
}

/** A name of its own for a file, which stays when the cache is emptied; on another file system, the file as it is. */
async function ownName(file: string, name: string): Promise<string> {
  try {
    await link(file, name);
    return name;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK') throw error;
    return file;
  }
}
