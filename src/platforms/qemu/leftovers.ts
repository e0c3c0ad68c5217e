import { access, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { withLock } from '../../core/lock.ts';
import { ownerLives } from '../../core/process-owner.ts';
import { listPrivateFolders } from '../private-folder.ts';
import { abandonedInstances } from './instance-aside.ts';
import { COPY_LOCK, endInstanceCopy } from './instance-copy.ts';
import { instanceNames, instancesIn } from './instance-folder.ts';
import { OWNER_SUFFIX, removeMachine } from './machine-folder.ts';
import { killProcessesOf } from './vm-process.ts';
import { findWarm } from './warm-cache.ts';

const LOCK_SUFFIX = '.lock';

type Lives = typeof ownerLives;

/** Something of virtual machines that a killed process has left. */
export interface VmLeftover {
  readonly what: string;
  /** A path. */
  readonly where: string;
  remove(signal: AbortSignal): Promise<void>;
}

/**
 * What killed processes have left of virtual machines: machines with the QEMU that runs in them, their keys and sockets,
 * half-made copies of booted bases, folders that are no instances yet, or none any more, and copies that instances make of
 * their disks for nobody. Of what a living process owns, and of instances themselves, nothing is among it.
 *
 * @param home `$KILN_HOME`
 * @param cache where copies of machines that have booted are kept
 * @param lives whether the process that wrote an owner's text does
 */
export async function findLeftovers(home: string, cache: string, lives = ownerLives): Promise<VmLeftover[]> {
  const machines = await abandonedMachines(join(home, 'machines'), lives);
  const [folders, copies, instances, reads] = await Promise.all([
    ownerlessPrivateFolders(home),
    halfMadeCopies(cache, lives),
    abandonedInstances(instancesIn(home), lives),
    unfinishedCopies(home, lives),
  ]);
  return [...machines, ...folders, ...copies, ...instances.map(halfInstance), ...reads];
}

/** It is moved aside only when nothing runs in it any more. */
function halfInstance(where: string): VmLeftover {
  return {
    what: 'half-made or half-removed instance',
    where,
    remove: () => rm(where, { recursive: true, force: true }),
  };
}

async function abandonedMachines(folder: string, lives: Lives): Promise<VmLeftover[]> {
  // As QEMU's command line has it.
  const machines = await realpath(folder).catch(() => folder);
  const found: VmLeftover[] = [];
  for (const name of await namesIn(machines)) {
    if (!name.endsWith(OWNER_SUFFIX) || !(await isAbandoned(join(machines, name), lives))) continue;
    const where = join(machines, name.slice(0, -OWNER_SUFFIX.length));
    found.push({ what: 'virtual machine', where, remove: (signal) => removeMachine(where, signal) });
  }
  return found;
}

/**
 * The folder that they are of is made before them, and goes after them. Those of another `$KILN_HOME` are not looked at:
 * it may only be away for a while.
 */
async function ownerlessPrivateFolders(home: string): Promise<VmLeftover[]> {
  const real = await realpath(home).catch(() => undefined);
  if (real === undefined) return [];
  const found: VmLeftover[] = [];
  for (const { folder, of } of await listPrivateFolders()) {
    if (!of.startsWith(`${real}/`) || (await isThere(of))) continue;
    found.push({
      what: `keys of the virtual machine ${basename(of)}`,
      where: folder,
      async remove(signal) {
        await killProcessesOf(of, signal);
        await rm(folder, { recursive: true, force: true });
      },
    });
  }
  return found;
}

/** One without a manifest is only being made by whoever has the lock. */
async function halfMadeCopies(cache: string, lives: Lives): Promise<VmLeftover[]> {
  const found: VmLeftover[] = [];
  for (const name of await namesIn(cache)) {
    const where = join(cache, name);
    const lock = `${where}${LOCK_SUFFIX}`;
    if (name.includes('.') || (await findWarm(where)) !== undefined) continue;
    if ((await isThere(lock)) && !(await isAbandoned(lock, lives))) continue;
    found.push({
      what: 'half-made copy of a booted base',
      where,
      remove: (signal) =>
        withLock(lock, signal, async () => {
          // It may have been made anew since.
          if ((await findWarm(where)) === undefined) await rm(where, { recursive: true, force: true });
        }),
    });
  }
  return found;
}

/** Their files are with what their owner has left, and there only for QEMU to let go of them. */
async function unfinishedCopies(home: string, lives: Lives): Promise<VmLeftover[]> {
  const found: VmLeftover[] = [];
  for (const name of await instanceNames(home)) {
    const folder = join(instancesIn(home), name);
    const isLeft = () => isAbandoned(join(folder, COPY_LOCK), lives);
    if (!(await isLeft())) continue;
    found.push({
      what: 'unfinished copy of the disk of an instance',
      where: folder,
      async remove(signal) {
        // Whoever has begun another has ended this one.
        if (await isLeft()) await endInstanceCopy(folder, signal);
      },
    });
  }
  return found;
}

/** Whether the process that a file names has ended; one that is gone meanwhile is somebody's who lives. */
async function isAbandoned(file: string, lives: Lives): Promise<boolean> {
  const owner = await readFile(file, 'utf8').catch(() => undefined);
  return owner !== undefined && !(await lives(owner));
}

/** Only of what is certainly gone anything is removed. */
async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  return names.sort();
}
