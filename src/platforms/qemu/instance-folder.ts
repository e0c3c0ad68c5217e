import { mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../core/atomic-file.ts';
import { makeFolder, syncFolder } from '../../core/durable-folder.ts';
import { removePrivateFolder } from '../private-folder.ts';
import { instanceAside } from './instance-aside.ts';
import { INSTANCE_FILE, type InstanceFile, instanceText } from './instance-file.ts';
import { killProcessesOf } from './vm-process.ts';

/** Names of the files in an instance's folder, besides those of a virtual machine. */
export const INSTANCE_FILES = {
  overlay: 'overlay.qcow2',
  /** It is there while an instance without ports serves. */
  serving: 'serving',
} as const;

/** Where the instances of a `$KILN_HOME` lie. */
export function instancesIn(home: string): string {
  return join(home, 'instances');
}

/** How an instance is called, and its folder. */
export function instanceName(
  one: Pick<InstanceFile, 'environment' | 'template' | 'slot' | 'launch'>,
): string {
  return `kiln-${one.environment}-${one.template}-${one.slot}-${one.launch}`;
}

/** An instance's folder without symbolic links in its path, as its QEMU's command line has it. */
export async function instanceFolder(home: string, name: string): Promise<string> {
  const instances = instancesIn(home);
  return join(await realpath(instances).catch(() => instances), name);
}

/** The names of all folders of instances. */
export async function instanceNames(home: string): Promise<string[]> {
  const names = await readdir(instancesIn(home)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.startsWith('kiln-'));
}

/** Makes an instance's folder, which appears with what says whose it is. */
export async function makeInstanceFolder(home: string, instance: InstanceFile): Promise<void> {
  const instances = instancesIn(home);
  const aside = instanceAside(instances);
  await makeFolder(instances);
  try {
    await mkdir(aside, { mode: 0o700 });
    await writeFileAtomically(join(aside, INSTANCE_FILE), instanceText(instance));
    await rename(aside, join(instances, instanceName(instance)));
    await syncFolder(instances);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

/** Ends what runs in an instance's folder, at once, and removes all that is its; one that is not there is left so. */
export async function removeInstanceFolder(home: string, name: string, signal: AbortSignal): Promise<void> {
  const folder = await instanceFolder(home, name);
  await killProcessesOf(folder, signal);
  await removePrivateFolder(folder);
  const aside = instanceAside(instancesIn(home));
  try {
    await rename(folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}
