import { Fault } from '../../core/fault.ts';
import { cacheHome } from '../../core/home.ts';
import type { Instance, Launcher } from '../launcher.ts';
import type { BootDisk, Machine, Vm } from '../platform.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { heldConnections } from '../ssh/held-connections.ts';
import { type Accelerator, chooseAccelerator } from './accelerator.ts';
import { removeInstanceFolder } from './instance-folder.ts';
import { connectInstance } from './instance-ssh.ts';
import { instanceTree } from './instance-tree.ts';
import { launchInstance } from './launch-instance.ts';
import { lost, publishInstance, withdrawInstance } from './publish-instance.ts';
import { qemuMachine } from './qemu-machine.ts';
import { listInstances, readInstance } from './read-instance.ts';
import { openVm, type RunningVm } from './vm.ts';

const SHUTDOWN_MS = 30_000;
const KILL_MS = 30_000;
const ENTER_MS = 30_000;
const FLUSH_MS = 20_000;

export interface QemuLauncherOptions {
  /** `$KILN_HOME`; instances lie in `instances/` of it. */
  readonly home: string;
  /** How guests run; found out when it is left out. */
  readonly accelerator?: Accelerator;
  /** Where what was found out is kept; `$XDG_CACHE_HOME/kiln`. */
  readonly cache?: string;
  /** Milliseconds until an instance that is removed must be off; 30 s. */
  readonly shutDownMs?: number;
}

/** Instances that are virtual machines of this host's QEMU, known by their folders and by the processes that name them. */
export function qemuLauncher(options: QemuLauncherOptions): Launcher {
  const { home, accelerator, cache = cacheHome(), shutDownMs = SHUTDOWN_MS } = options;
  const connections = heldConnections();

  /** The connection outlives the monitor's, which others wait for. */
  async function connect(instance: Instance, within: number, signal: AbortSignal): Promise<SshConnection> {
    const vm = await running(instance, signal);
    try {
      return await connections.to(instance.id, () => connectInstance(vm, instance.publish, within, signal));
    } finally {
      vm.disconnect();
    }
  }

  async function running(instance: Instance, signal: AbortSignal): Promise<RunningVm> {
    const now = await readInstance(home, instance.id, signal);
    const vm = now?.instance.running === true ? await openVm(now.folder, signal) : undefined;
    if (vm === undefined) throw lost(instance);
    return vm;
  }

  async function remove(instance: Instance, signal: AbortSignal): Promise<void> {
    await shutDown(instance, signal);
    await connections.close(instance.id);
    await removeInstanceFolder(home, instance.id, signal);
  }

  async function shutDown(instance: Instance, signal: AbortSignal): Promise<void> {
    try {
      const vm = await running(instance, signal);
      try {
        await vm.shutDown(shutDownMs, signal);
      } finally {
        vm.disconnect();
      }
    } catch (error) {
      signal.throwIfAborted();
      // It has ended, or does not: then it is killed.
      if (!(error instanceof Fault)) throw error;
    }
  }

  async function flush(instance: Instance, signal: AbortSignal): Promise<void> {
    try {
      const ssh = await connect(instance, FLUSH_MS, signal);
      await ssh.exec(['sync'], { signal, timeout: FLUSH_MS });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Fault)) throw error;
    }
  }

  return {
    platform: 'qemu',
    launch: (spec, scope, signal) => {
      const choose = async ({ disk }: Vm) => accelerator ?? (await chooseAccelerator(questionOf(disk)));
      const questionOf = ({ kernel }: BootDisk) => ({
        ...{ cache, signal },
        ...(spec.note === undefined ? {} : { note: spec.note }),
        ...(kernel === undefined ? {} : { kernel: kernel.file }),
      });
      return launchInstance({ home, connections, accelerator: choose }, spec, scope, signal);
    },
    list: (environment, signal) => listInstances(home, environment, signal),
    publish: (instance, signal) => publishInstance(home, instance, signal),
    withdraw: (instance, signal) => withdrawInstance(home, instance, signal),
    remove,
    async enter(instance, init, signal): Promise<Machine> {
      const vm = await running(instance, signal);
      vm.disconnect();
      const ssh = await connect(instance, ENTER_MS, signal);
      return qemuMachine(instance.id, init, { vm, ssh }, () =>
        remove(instance, AbortSignal.timeout(shutDownMs + KILL_MS)),
      );
    },
    readTree: (instance) => instanceTree(home, instance, (signal) => flush(instance, signal)),
  };
}
