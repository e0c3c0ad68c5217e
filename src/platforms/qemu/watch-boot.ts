import { Fault } from '../../core/fault.ts';
import { sleep } from '../../core/wait.ts';
import { type BootStage, bootProgress, readConsole, tailOf } from './console.ts';
import type { RunningVm } from './vm.ts';

const POLL_MS = 250;

/** What to look at when a boot goes no further than this. */
const ADVICE: Partial<Record<BootStage, string>> = {
  nothing: 'Nothing came on the console: the kernel needs `console=ttyS0`, or found no time on this host.',
  firmware: 'The firmware found nothing to boot: a disk needs an EFI partition with a boot loader.',
  'boot loader': 'The boot loader came to no kernel, or its kernel has no `console=ttyS0`.',
  kernel: 'The kernel came to no initrd, or lacks drivers for virtio.',
  initrd: 'The root file system was not found: compare `root=` with the disk’s partitions and labels.',
  'root mounted': 'The root file system is there, and no init on it that runs.',
  systemd: 'systemd runs, and nothing brought the network up.',
  network: 'The network is up, and no sshd came.',
  sshd: 'sshd was started: perhaps it is only slow, or refuses root.',
};

/** Does what waits for a machine that boots, and ends it at once when that machine has ended or is stuck. */
export async function whileBooting<T>(
  vm: RunningVm,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const stuck = new AbortController();
  const watching = watch(vm, AbortSignal.any([signal, over.signal])).then(
    (fault) => stuck.abort(fault),
    () => {},
  );
  try {
    return await work(AbortSignal.any([signal, stuck.signal]));
  } finally {
    over.abort();
    await watching;
  }
}

async function watch(vm: RunningVm, signal: AbortSignal): Promise<Fault> {
  for (;;) {
    const fault = await bootFailure(vm);
    if (fault !== undefined) return fault;
    await sleep(POLL_MS, signal);
  }
}

/** Why a machine will not come up any more: QEMU has ended, or its console says that it goes no further. */
export async function bootFailure(vm: RunningVm): Promise<Fault | undefined> {
  const alive = vm.isAlive();
  const text = await readConsole(vm.console);
  const { stage, stuck } = bootProgress(text);
  const hint = ADVICE[stage];
  if (stuck !== undefined) {
    return new Fault('MACHINE_UNREACHABLE', `the machine does not boot (stage: ${stage}): ${stuck}`, {
      details: tailOf(text),
      ...(hint === undefined ? {} : { hint }),
    });
  }
  if (alive) return undefined;
  return new Fault('MACHINE_LOST', `QEMU ended while the machine booted (stage: ${stage})`, {
    details: tailOf(text),
    hint: 'It was ended from outside, or the machine powered itself off: see the end of its console.',
  });
}

/** How far a machine's boot has come, as lines that belong under a fault. */
export async function bootEvidence(vm: RunningVm): Promise<string[]> {
  const text = await readConsole(vm.console);
  const { stage } = bootProgress(text);
  const advice = ADVICE[stage];
  return [
    `stage of its boot: ${stage}`,
    ...(advice === undefined ? [] : [advice]),
    ...tailOf(text).map((line) => `console: ${line}`),
  ];
}
