import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Instance } from '../launcher.ts';
import { INSTANCE_FILES } from './instance-folder.ts';
import { addForward, listForwards, type PortForward, removeForward, same } from './port-forwards.ts';
import { portTaken } from './port-taken.ts';
import type { Qmp, QmpWait } from './qmp.ts';
import { readInstance } from './read-instance.ts';
import { openVm, type RunningVm } from './vm.ts';

/** What has begun comes to its end, so that an abort leaves nothing half done. */
const UNABORTED = new AbortController().signal;
const WAIT: QmpWait = { signal: UNABORTED, deadline: 15_000 };

/** Binds all ports of an instance, or none and says why. */
export async function publishInstance(home: string, instance: Instance, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { publish } = instance;
  await withVm(home, instance, async (vm) => {
    if (vm === undefined) throw lost(instance);
    if (publish.length === 0) return await writeFile(join(vm.folder, INSTANCE_FILES.serving), '');
    const bound = await listForwards(vm.qmp, WAIT);
    const added: PortForward[] = [];
    for (const port of publish.filter((one) => !bound.some((other) => same(one, other)))) {
      try {
        await addForward(vm.qmp, port, WAIT);
      } catch (error) {
        await removeAll(vm.qmp, added);
        if (!(error instanceof Fault) || error.code !== 'PORT_TAKEN') throw error;
        throw await portTaken(home, instance, port, error, UNABORTED);
      }
      added.push(port);
    }
  });
  signal.throwIfAborted();
}

/** Frees all ports of an instance; one that does not run has none. */
export async function withdrawInstance(home: string, instance: Instance, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { publish } = instance;
  await withVm(home, instance, async (vm) => {
    if (vm === undefined) return;
    await rm(join(vm.folder, INSTANCE_FILES.serving), { force: true });
    if (publish.length === 0) return;
    const bound = await listForwards(vm.qmp, WAIT);
    const ours = publish.filter((one) => bound.some((other) => same(one, other)));
    await removeAll(vm.qmp, ours);
  });
  signal.throwIfAborted();
}

/** `MACHINE_LOST`: there is no such instance that runs. */
export function lost({ name, template, environment }: Instance): Fault {
  return new Fault('MACHINE_LOST', `${name} has ended, or is gone`, {
    hint: `Launch it anew: \`launch ${template} --env ${environment}\`.`,
  });
}

async function withVm(
  home: string,
  instance: Instance,
  work: (vm: RunningVm | undefined) => Promise<void>,
): Promise<void> {
  const now = await readInstance(home, instance.id, UNABORTED);
  const vm = now?.instance.running === true ? await openVm(now.folder, UNABORTED) : undefined;
  try {
    await work(vm);
  } finally {
    vm?.disconnect();
  }
}

async function removeAll(qmp: Qmp, ports: readonly PortForward[]): Promise<void> {
  for (const port of ports) await removeForward(qmp, port, WAIT);
}
