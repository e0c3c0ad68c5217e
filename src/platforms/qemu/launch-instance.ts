import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import { shellJoin } from '../../core/shell-quote.ts';
import { createOverlay } from '../../disks/create-overlay.ts';
import type { InstanceSpec, Launched } from '../launcher.ts';
import type { Vm } from '../platform.ts';
import type { SshConnection } from '../ssh/connection.ts';
import type { HeldConnections } from '../ssh/held-connections.ts';
import type { Accelerator } from './accelerator.ts';
import { consoleTail } from './console.ts';
import { credentialsOf } from './instance-delivery.ts';
import {
  INSTANCE_FILES,
  instanceFolder,
  instanceName,
  instancesIn,
  makeInstanceFolder,
  removeInstanceFolder,
} from './instance-folder.ts';
import { makeInstanceKeys } from './instance-keys.ts';
import { connectInstance } from './instance-ssh.ts';
import { assertBindable } from './port-forwards.ts';
import { killCommand } from './qemu-command.ts';
import { readInstance } from './read-instance.ts';
import { type RunningVm, startVm } from './vm.ts';

/** An emulated machine of a small image takes 15 s, when the host has time for it. */
const BOOT_MS = 240_000;
const READY_MS = 60_000;
const LONGEST_HOSTNAME = 63;

/** What a launcher launches with. */
export interface LaunchContext {
  readonly home: string;
  readonly connections: HeldConnections;
  readonly accelerator: (vm: Vm, signal: AbortSignal) => Promise<Accelerator>;
}

/**
 * Starts a virtual machine on an overlay of the image's disk, with its delivery as systemd's credentials, and waits until
 * it can be entered and has its data. None of its ports is bound yet.
 */
export async function launchInstance(
  { home, connections, accelerator }: LaunchContext,
  spec: InstanceSpec,
  scope: Scope,
  signal: AbortSignal,
): Promise<Launched> {
  const vm = await bootable(spec);
  for (const port of spec.publish) assertBindable(port);
  const given = await credentialsOf(spec.delivery());
  signal.throwIfAborted();
  const how = await accelerator(vm, signal);

  const name = instanceName(spec);
  const remove = async (cleanup: AbortSignal) => {
    await connections.close(name);
    await removeInstanceFolder(home, name, cleanup);
  };
  const folder = join(instancesIn(home), name);
  const remedy = `${killCommand(folder)}; ${shellJoin(['rm', '-rf', folder])}`;
  const keep = scope.defer(`virtual machine ${name}`, remove, remedy);
  await makeInstanceFolder(home, { ...spec, disk: vm.disk, startedAt: new Date().toISOString() });
  const real = await instanceFolder(home, name);
  const overlay = join(real, INSTANCE_FILES.overlay);
  await createOverlay(overlay, vm.disk, signal);
  const credentials = new Map([...given, ...(await makeInstanceKeys(real, signal))]);
  const hostname = `${spec.template}-${spec.slot}`.slice(0, LONGEST_HOSTNAME);
  const running = await startVm(
    { folder: real, vm, overlay, hostname, credentials, accelerator: how },
    signal,
  );
  try {
    const open = () => connectInstance(running, spec.publish, BOOT_MS, signal);
    await waitUntilReady(running, await connections.to(name, open), spec, signal);
  } finally {
    running.disconnect();
  }
  const now = await readInstance(home, name, signal);
  if (now === undefined) throw new Fault('MACHINE_LOST', `${name} was removed while it was launched`);
  return { instance: now.instance, keep };
}

async function bootable({ vm, init, image, template }: InstanceSpec): Promise<Vm> {
  if (init === 'none') {
    throw new Fault('CONFIG_INVALID', `${image} has no init, and a virtual machine needs one`, {
      hint: `Give ${template} \`container: { init: systemd }\` and bake it again, or launch it on docker.`,
    });
  }
  const bakeIt = { hint: `Bake it with a disk: \`bake image ${template} --forms oci,disk\`.` };
  if (vm === undefined)
    throw new Fault('FORM_MISSING', `${image} has no disk, which a virtual machine starts from`, bakeIt);
  const { file, kernel } = vm.disk;
  for (const needed of [file, ...(kernel === undefined ? [] : [kernel.file, kernel.initrd])]) {
    await access(needed).catch((cause: unknown) => {
      throw new Fault('FORM_MISSING', `${image} is not here: there is no ${needed}`, { ...bakeIt, cause });
    });
  }
  return vm;
}

/** Checks decide whether it works; here systemd has to answer, and to have put its data in place. */
const READY = `n=0; while [ $n -lt ${READY_MS / 100} ]; do
  case $(systemctl is-system-running 2>/dev/null) in starting|running|degraded)
    [ -s /run/kiln/environment.json ] && exit 0 || exit 3 ;;
  esac
  n=$((n+1)); sleep 0.1
done; exit 1`;

async function waitUntilReady(
  vm: RunningVm,
  ssh: SshConnection,
  { image }: InstanceSpec,
  signal: AbortSignal,
): Promise<void> {
  const ready = await ssh.exec(['sh', '-c', READY], { signal, timeout: READY_MS + 30_000 });
  if (ready.exitCode === 0) return;
  const what = `the instance of ${image} did not`;
  const details = [
    ...ready.stderr.split('\n').filter((line) => line !== ''),
    ...(await consoleTail(vm.console)),
  ];
  if (ready.exitCode === 3) {
    throw new Fault('MACHINE_NOT_READY', `${what} take its data`, {
      details,
      hint: 'It takes a systemd that makes files from the credential `tmpfiles.extra`, as those from 252 on do.',
    });
  }
  throw new Fault('MACHINE_NOT_READY', `${what} come up within ${READY_MS / 1000} s`, {
    details,
    hint: 'The end of its console is above; `launch` starts it again.',
  });
}
