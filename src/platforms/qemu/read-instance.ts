import { access, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { FormId } from '../../core/form-id.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import type { Instance } from '../launcher.ts';
import { type InstanceFile, readInstanceFile } from './instance-file.ts';
import { INSTANCE_FILES, instanceName, instanceNames, instancesIn } from './instance-folder.ts';
import { overlayBacking } from './overlay-backing.ts';
import { listForwards, same } from './port-forwards.ts';
import { openVm } from './vm.ts';
import { processOf } from './vm-process.ts';

const MOST_AT_ONCE = 8;

/** An instance's folder, as it is now. */
export interface InstanceNow {
  readonly instance: Instance;
  readonly folder: string;
  readonly file: InstanceFile;
}

/** All instances of one environment, or of all, by environment, template, slot and start. */
export async function listInstances(
  home: string,
  environment: string | undefined,
  signal: AbortSignal,
): Promise<Instance[]> {
  const read = await sideBySide(await instanceNames(home), MOST_AT_ONCE, async (name) => {
    const file = await readInstanceFile(join(instancesIn(home), name));
    if (file === undefined || (environment !== undefined && file.environment !== environment)) return [];
    const now = await readInstance(home, name, signal);
    return now === undefined ? [] : [now.instance];
  });
  return read.flat().sort(inOrder);
}

/** One instance; nothing when it is gone, or is none. */
export async function readInstance(
  home: string,
  name: string,
  signal: AbortSignal,
): Promise<InstanceNow | undefined> {
  const folder = await realpath(join(instancesIn(home), name)).catch(() => undefined);
  const file = folder === undefined ? undefined : await readInstanceFile(folder);
  // A copy of an instance's folder is no instance.
  if (folder === undefined || file === undefined || instanceName(file) !== name) return undefined;
  const serving = await serves(folder, file, signal);
  const { disk, publish, startedAt, ...identity } = file;
  return {
    instance: {
      ...identity,
      id: name,
      platform: 'qemu',
      name,
      running: serving !== undefined,
      serving: serving === true,
      publish,
      startedAt,
      runs: await runs(folder, file),
    },
    folder,
    file,
  };
}

/** Whether an instance serves; nothing when it does not run. One whose QEMU does not answer serves nobody. */
async function serves(
  folder: string,
  { publish }: InstanceFile,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  if ((await processOf(folder)) === undefined) return undefined;
  if (publish.length === 0) return await exists(join(folder, INSTANCE_FILES.serving));
  try {
    const vm = await openVm(folder, signal);
    if (vm === undefined) return undefined;
    try {
      const bound = await listForwards(vm.qmp, { signal });
      return publish.every((port) => bound.some((one) => same(one, port) && one.port === port.port));
    } finally {
      vm.disconnect();
    }
  } catch (error) {
    if (!(error instanceof Fault) || signal.aborted) throw error;
    return (await processOf(folder)) === undefined ? undefined : false;
  }
}

/** What it was launched as, as long as its overlay stands on that very disk. */
async function runs(folder: string, { form, disk }: InstanceFile): Promise<FormId> {
  const backing = await overlayBacking(join(folder, INSTANCE_FILES.overlay));
  return backing === disk.file ? form : digestOf(`stands on ${backing ?? 'nothing'}`);
}

function inOrder(a: Instance, b: Instance): number {
  const key = ({ environment, template, slot, startedAt }: Instance) =>
    [environment, template, String(slot).padStart(6, '0'), startedAt].join('\0');
  return key(a) < key(b) ? -1 : 1;
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
