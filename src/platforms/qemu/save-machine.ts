import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import { sleep } from '../../core/wait.ts';
import { hostTool } from '../../disks/host-tool.ts';
import { type BootedMachine, type MachineStart, MEMORY, OVERLAY } from './cold-start.ts';
import { SSH_PORT } from './guest-ports.ts';
import { leaveMemoryOut } from './leave-memory-out.ts';
import type { Qmp } from './qmp.ts';
import { awaitRenewer } from './renew.ts';
import { NOT_KEPT, PREPARE, RENEW_PROGRAM } from './renew-program.ts';
import { clearWarm, publishWarm, removeWarm, WARM_FILES, type WarmEntry } from './warm-cache.ts';

const PREPARE_MS = 60_000;
const READY_MS = 10_000;
const SAVE_MS = 120_000;
const POLL_MS = 20;
/** For the guest to see that nobody is in it any more. */
const SETTLE_MS = 200;

/**
 * Prepares a machine that has booted for being saved; false when it has not got what that takes, and then it runs on as
 * it was. Afterwards nobody is in it.
 */
export async function prepareToSave(machine: BootedMachine, signal: AbortSignal): Promise<boolean> {
  const { vm, ssh } = machine;
  const options = { signal, timeout: PREPARE_MS, stdin: RENEW_PROGRAM };
  const { exitCode, stderr } = await ssh.exec(['sh', '-c', PREPARE], options);
  if (exitCode === NOT_KEPT) return false;
  if (exitCode !== 0) {
    throw new Fault('MACHINE_NOT_READY', 'the machine could not be prepared for being saved', {
      details: stderr.trim().split('\n'),
      hint: 'Boot it each time instead, with --cold.',
    });
  }
  await awaitRenewer(vm.folder, READY_MS, signal);
  const { host, port: hostPort } = ssh.target;
  await ssh.close();
  await vm.unforward({ host, hostPort, port: SSH_PORT, protocol: 'tcp' }, signal);
  return true;
}

/** Saves a prepared machine's memory and disk into a folder of the cache, and ends it. */
export async function saveMachine(
  { folder, vm: { disk } }: MachineStart,
  { vm, keys }: BootedMachine,
  warm: string,
  signal: AbortSignal,
): Promise<WarmEntry> {
  await clearWarm(warm);
  try {
    await sleep(SETTLE_MS, signal);
    await vm.qmp.execute('stop', {}, { signal });
    await saveState(vm.qmp, join(warm, WARM_FILES.state), signal);
    await vm.kill();
    await move(join(folder.path, MEMORY), join(warm, WARM_FILES.memory), signal);
    await move(join(folder.path, OVERLAY), join(warm, WARM_FILES.disk), signal);
    if (disk.seed) await move(join(folder.private, WARM_FILES.seed), join(warm, WARM_FILES.seed), signal);
    return await publishWarm(warm, { oldKey: keys.authorized, base: disk.file }, signal);
  } catch (error) {
    await removeWarm(warm);
    throw error;
  }
}

async function saveState(qmp: Qmp, file: string, signal: AbortSignal): Promise<void> {
  await writeFile(file, '', { mode: 0o600 });
  await leaveMemoryOut(qmp, signal);
  await qmp.execute('migrate', { uri: `exec:cat > ${shellQuote(file)}` }, { signal });
  for (let waited = 0; ; waited += POLL_MS) {
    const { status, 'error-desc': why } = await qmp.execute<Record<string, string>>(
      'query-migrate',
      {},
      { signal },
    );
    if (status === 'completed') return;
    if (status === 'failed' || waited > SAVE_MS)
      throw new Fault('QEMU_FAILED', `the state of the machine could not be saved (${why ?? status})`, {
        hint: 'See whether there is space in $XDG_CACHE_HOME.',
      });
    await sleep(POLL_MS, signal);
  }
}

/** The cache may lie on another file system; most of the memory's file are holes. */
async function move(from: string, to: string, signal: AbortSignal): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await hostTool('cp', ['--sparse=always', '--preserve=mode', '--', from, to], { signal });
    await rm(from, { force: true });
  }
}
