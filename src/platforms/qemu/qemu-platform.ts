import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { diskTree } from '../../disks/disk-tree.ts';
import type { TreeSource } from '../../tree/source.ts';
import type { BootDisk, Machine, MachineSpec, Platform, Vm } from '../platform.ts';
import { type Accelerator, chooseAccelerator } from './accelerator.ts';
import { coldStart, OVERLAY, type StartedMachine } from './cold-start.ts';
import { consoleTail } from './console.ts';
import { type MachineFolder, makeMachineFolder } from './machine-folder.ts';
import { qemuMachine } from './qemu-machine.ts';
import { saveFiles } from './save-files.ts';
import { startCold, startFromCache } from './start-from-cache.ts';

/** Emulation takes a cloud image with cloud-init more than a minute. */
const BOOT_MS = 240_000;
/** Longer than the 90 s after which systemd kills what does not stop. */
const POWER_OFF_MS = 120_000;
const EXEC_MS = 20_000;

/** What a virtual machine of a bake is started from. */
export interface VmBase extends Vm {
  /** Boot it, even where a copy that has booted is kept. */
  readonly cold: boolean;
  /** A file of `checkpoint` on this disk: the machine goes on from what was written there, and boots. */
  readonly from?: string;
}

export interface QemuPlatformOptions {
  /** `$KILN_HOME`; machines lie in `machines/` of it. */
  readonly home: string;
  /** `$XDG_CACHE_HOME/kiln`; copies of machines that have booted lie in `warm/` of it. */
  readonly cache: string;
  /** How guests run; found out when it is left out. */
  readonly accelerator?: Accelerator;
  /** Milliseconds until a machine's sshd must answer; 240 s. */
  readonly bootMs?: number;
  /** Milliseconds until a machine must be off; 120 s. */
  readonly powerOffMs?: number;
}

/** A machine that was started here, with the disk that lies below all that it wrote. */
type KnownMachine = StartedMachine & { readonly folder: MachineFolder; readonly disk: BootDisk };

/** Machines that are virtual ones of this host's QEMU. */
export function qemuPlatform(options: QemuPlatformOptions): Platform<VmBase> {
  const { home, cache, bootMs = BOOT_MS, powerOffMs = POWER_OFF_MS } = options;
  const running = new WeakMap<Machine, KnownMachine>();

  return {
    name: 'qemu',

    async start(spec, scope, signal) {
      const name = `${spec.bake}-${spec.purpose}`;
      const folder = await makeMachineFolder(join(home, 'machines'), name);
      let started: StartedMachine | undefined;
      const remove = async (signal: AbortSignal) => {
        await started?.ssh.close();
        started?.vm.disconnect();
        await folder.remove(signal);
      };
      const forget = scope.defer(`virtual machine ${name}`, remove, 'bake gc');
      started = await start(spec, folder, signal);
      const machine = qemuMachine(name, spec.init, started, async () => {
        await remove(AbortSignal.timeout(EXEC_MS));
        forget();
      });
      running.set(machine, { folder, disk: spec.base.disk, ...started });
      return machine;
    },

    snapshot: async (machine, signal) => await snapshot(known(machine), signal),
    checkpoint: async (machine, as, signal) => await saveFiles(known(machine), as, signal),
  };

  function known(machine: Machine): KnownMachine {
    const found = running.get(machine);
    if (found === undefined) throw new Error(`${machine.id} is no machine of this platform`);
    return found;
  }

  async function start(
    spec: MachineSpec<VmBase>,
    folder: MachineFolder,
    signal: AbortSignal,
  ): Promise<StartedMachine> {
    const { note = () => {}, base: vm, asImage } = spec;
    const { kernel } = vm.disk;
    const question = { cache, note, signal, ...(kernel === undefined ? {} : { kernel: kernel.file }) };
    const accelerator = options.accelerator ?? (await chooseAccelerator(question));
    if (vm.from !== undefined) {
      const disk = { ...vm.disk, file: vm.from, format: 'qcow2' } as const;
      return await startCold({ folder, vm: { ...vm, disk }, accelerator, within: bootMs, note }, signal);
    }
    const around = { folder, vm, accelerator, within: bootMs, note };
    if (asImage) return await coldStart(around, signal);
    if (vm.cold) return await startCold(around, signal);
    return await startFromCache({ ...around, cache: join(cache, 'warm') }, signal);
  }

  async function snapshot({ folder, vm, ssh }: KnownMachine, signal: AbortSignal): Promise<TreeSource> {
    if (!vm.isAlive()) {
      throw new Fault('MACHINE_LOST', 'the machine was gone before it was shut down', {
        details: await consoleTail(vm.console),
        hint: 'Its disk is as after a power failure, and is not read: run the command again.',
      });
    }
    // The power button alone is heard by logind only, which a small base has not got; the end of it all cuts us off.
    await ssh.exec(['systemctl', 'poweroff', '--no-block'], { signal, timeout: EXEC_MS }).catch(() => {
      signal.throwIfAborted();
    });
    await ssh.close();
    await vm.shutDown(powerOffMs, signal);
    vm.disconnect();
    return diskTree({ file: join(folder.path, OVERLAY), format: 'qcow2' }, folder.path);
  }
}
