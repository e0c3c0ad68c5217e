import { open, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Fault } from '../../core/fault.ts';
import { withDeadline } from '../../core/wait.ts';
import type { Vm } from '../platform.ts';
import { privateFolder } from '../private-folder.ts';
import type { Accelerator } from './accelerator.ts';
import { consoleTail } from './console.ts';
import { type Credentials, writeCredentials } from './credentials.ts';
import { firmwareFor } from './firmware.ts';
import { addForward, type PortForward, removeForward } from './port-forwards.ts';
import { type MemoryFile, QEMU, qemuCommand, VM_FILES } from './qemu-command.ts';
import { connectQmp, type Qmp } from './qmp.ts';
import { isProcessOf, killProcessesOf, processEnds, processOf } from './vm-process.ts';

const START_MS = 30_000;
const KILL_MS = 10_000;
const POWER_AGAIN_MS = 3000;

/** What a virtual machine is started from. */
export interface VmStart {
  /** Its own: overlay, socket, console, process id. */
  readonly folder: string;
  readonly vm: Vm;
  /** The qcow2 file that it writes to; it stands on the vm's disk. */
  readonly overlay: string;
  readonly hostname: string;
  readonly credentials: Credentials;
  /** A read-only raw disk with a NoCloud seed. */
  readonly seed?: string;
  /** A file that is its memory. */
  readonly memory?: MemoryFile;
  /** A file with its saved state, which it is to be told to read, by its descriptor there. */
  readonly resume?: string;
  /** Adds a virtio port `kiln.renew` with its socket in the folder. */
  readonly channel?: boolean;
  readonly accelerator: Accelerator;
}

/** A virtual machine whose QEMU runs, with a connection to its monitor. */
export interface RunningVm {
  readonly folder: string;
  readonly pid: number;
  readonly qmp: Qmp;
  /** The file that its console is written to. */
  readonly console: string;
  /** Binds a port of the host; gives its number. */
  forward(forward: PortForward, signal: AbortSignal): Promise<number>;
  unforward(forward: PortForward, signal: AbortSignal): Promise<void>;
  isAlive(): boolean;
  /** Ends QEMU at once and waits until it is gone. */
  kill(): Promise<void>;
  /** Presses the power button and waits until it is off; `MACHINE_NOT_READY` with its console's end when it stays on. */
  shutDown(deadlineMs: number, signal: AbortSignal): Promise<void>;
  /** Closes the connection; the machine runs on. */
  disconnect(): void;
}

/**
 * Starts QEMU in the background, on its own, and connects to its monitor. `QEMU_FAILED` with what it said when it does
 * not start, `HOST_TOOL_MISSING`; then nothing runs, and no credential is left.
 */
export async function startVm(start: VmStart, signal: AbortSignal): Promise<RunningVm> {
  const folder = await realpath(start.folder);
  await Promise.all(
    [VM_FILES.qmp, VM_FILES.jobs, VM_FILES.pid].map((name) => rm(join(folder, name), { force: true })),
  );
  try {
    await runQemu(folder, start, signal);
    const vm = await openVm(folder, signal);
    if (vm === undefined)
      throw new Fault('QEMU_FAILED', `QEMU ended at once`, { details: await saidBy(folder) });
    return vm;
  } catch (error) {
    await killProcessesOf(folder, AbortSignal.timeout(KILL_MS));
    throw error;
  }
}

/** The virtual machine of a folder, if it runs. */
export async function openVm(vmFolder: string, signal: AbortSignal): Promise<RunningVm | undefined> {
  const folder = await realpath(vmFolder).catch(() => undefined);
  const pid = folder === undefined ? undefined : await processOf(folder);
  if (folder === undefined || pid === undefined) return undefined;
  try {
    return runningVm(folder, pid, await connectQmp(join(folder, VM_FILES.qmp), { signal }));
  } catch (error) {
    signal.throwIfAborted();
    if (!isProcessOf(folder, pid)) return undefined;
    throw error;
  }
}

async function runQemu(folder: string, start: VmStart, signal: AbortSignal): Promise<void> {
  const { resume, vm } = start;
  const firmware = vm.disk.kernel === undefined ? await firmwareFor(folder) : undefined;
  const state = resume === undefined ? undefined : await open(resume, 'r');
  const credentials = await writeCredentials(await privateFolder(folder), start.credentials);
  using deadline = withDeadline(
    signal,
    START_MS,
    () => new Fault('QEMU_FAILED', `QEMU did not start in ${START_MS / 1000} s`),
  );
  try {
    const args = qemuCommand({
      ...start,
      folder,
      credentials: credentials.files,
      resume: state !== undefined,
      ...(firmware === undefined ? {} : { firmware }),
    });
    const { failed, exitCode, stderr, code } = await execa(QEMU, args, {
      cwd: folder,
      // The fourth is what it reads saved state from; a number is right there too, whatever the types say.
      stdio: ['ignore', 'ignore', 'pipe', (state?.fd ?? 'ignore') as 'ignore'],
      // whoever presses Ctrl-C means this process
      detached: true,
      cancelSignal: deadline.signal,
      reject: false,
      env: { LC_ALL: 'C' },
    });
    deadline.signal.throwIfAborted();
    if (!failed) return;
    if (code === 'ENOENT') throw qemuMissing();
    throw new Fault('QEMU_FAILED', `QEMU did not start (exit code ${exitCode ?? 'none'})`, {
      details: [...lines(stderr), ...(await saidBy(folder))],
      hint: 'What it said is above.',
    });
  } finally {
    await credentials.remove();
    await state?.close();
  }
}

function runningVm(folder: string, pid: number, qmp: Qmp): RunningVm {
  const console = join(folder, VM_FILES.console);
  const isAlive = () => isProcessOf(folder, pid);
  return {
    folder,
    pid,
    qmp,
    console,
    isAlive,
    forward: (forward, signal) => addForward(qmp, forward, { signal }),
    unforward: (forward, signal) => removeForward(qmp, forward, { signal }),
    async kill() {
      await killProcessesOf(folder, AbortSignal.timeout(KILL_MS));
      qmp.close();
    },
    async shutDown(deadlineMs, signal) {
      const late = new Fault(
        'MACHINE_NOT_READY',
        `the machine did not power off within ${deadlineMs / 1000} s`,
      );
      using deadline = withDeadline(signal, deadlineMs, () => late);
      try {
        // A guest that is still booting hears it only later.
        while (isAlive()) {
          await qmp.execute('system_powerdown', {}, { signal: deadline.signal });
          await processEnds(folder, pid, POWER_AGAIN_MS, deadline.signal);
        }
      } catch (error) {
        if (!isAlive()) return;
        if (error !== late) throw error;
        throw new Fault('MACHINE_NOT_READY', late.message, {
          details: await consoleTail(console),
          hint: 'Something in it does not stop, or nothing hears its power button: the end of its console is above.',
        });
      }
    },
    disconnect: () => qmp.close(),
  };
}

function qemuMissing(): Fault {
  return new Fault('HOST_TOOL_MISSING', `there is no ${QEMU}, which runs virtual machines`, {
    hint: 'Install it: `apt-get install qemu-system-x86 qemu-utils`, or run `make setup`.',
  });
}

async function saidBy(folder: string): Promise<string[]> {
  return lines(await readFile(join(folder, VM_FILES.log), 'utf8').catch(() => ''));
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-15);
}
