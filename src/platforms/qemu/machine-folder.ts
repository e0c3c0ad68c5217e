import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { createNewFile } from '../../core/new-file.ts';
import { ownerOf } from '../../core/process-owner.ts';
import { privateFolder, removePrivateFolder } from '../private-folder.ts';
import { killProcessesOf } from './vm-process.ts';

/** What a machine's owner file ends in; it lies beside the folder. */
export const OWNER_SUFFIX = '.owner';

/** A virtual machine's own folder, which this process owns as long as it lives. */
export interface MachineFolder {
  /** Without symbolic links in it. */
  readonly path: string;
  /** In memory, open to this user alone: keys and control sockets. */
  readonly private: string;
  /** Ends the QEMU that runs in it, and removes what it has made, for another one to start in it. */
  clear(signal: AbortSignal): Promise<void>;
  /** Ends the QEMU that runs in it, and removes all that belongs to it. */
  remove(signal: AbortSignal): Promise<void>;
}

/**
 * Makes a machine's folder. That this process owns it is written before the folder is there, so that `bake gc` finds
 * all that a killed one has left, and never what a living one uses. `QEMU_FAILED` when there is one of that name.
 */
export async function makeMachineFolder(machines: string, name: string): Promise<MachineFolder> {
  await mkdir(machines, { recursive: true });
  const path = join(await realpath(machines), name);
  if (!(await createNewFile(`${path}${OWNER_SUFFIX}`, await ownerOf(process.pid)))) {
    throw new Fault('QEMU_FAILED', `there is a machine ${name} already`, {
      hint: 'Run `bake gc`, which removes what a killed bake has left.',
    });
  }
  try {
    await mkdir(path, { mode: 0o700 });
    const inMemory = await privateFolder(path);
    return {
      path,
      private: inMemory,
      clear: (signal) => clearMachine(path, signal),
      remove: (signal) => removeMachine(path, signal),
    };
  } catch (error) {
    await removeMachine(path, AbortSignal.timeout(10_000));
    throw error;
  }
}

async function clearMachine(path: string, signal: AbortSignal): Promise<void> {
  await killProcessesOf(path, signal);
  await removePrivateFolder(path);
  for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true });
  await privateFolder(path);
}

/** Ends what runs in a machine's folder and removes it, its private folder and, at last, who owns it. */
export async function removeMachine(path: string, signal: AbortSignal): Promise<void> {
  await killProcessesOf(path, signal);
  await removePrivateFolder(path);
  await rm(path, { recursive: true, force: true });
  await rm(`${path}${OWNER_SUFFIX}`, { force: true });
}
