import { lstat, mkdir, rm, statfs } from 'node:fs/promises';
import { abandonedWork, ownWork } from './own-work.ts';
import { TMPFS } from './tmpfs.ts';

/** Where every distribution has a tmpfs (file-hierarchy(7)). */
const SHM = '/dev/shm';
/** How much more memory must be at hand than is asked for: what runs beside this needs some. */
const MARGIN = 4;

/** The folder of this user that temporary files in memory are in, as `abandonedWork` takes it. */
export function memoryHome(): string {
  return `${SHM}/kiln-${process.getuid?.() ?? 0}`;
}

/**
 * The folder in memory for this process's temporary files, made, when so many bytes are far less than is free;
 * undefined when not. Like that of `ownWork`, it has its owner's name; those of killed processes are removed.
 */
export async function memoryWork(
  bytes: number,
  free = process.availableMemory(),
): Promise<string | undefined> {
  if (bytes * MARGIN > free) return undefined;
  try {
    const { type, bavail, bsize } = await statfs(SHM);
    if (type !== TMPFS || bytes * MARGIN > bavail * bsize) return undefined;
    await mkdir(memoryHome(), { recursive: true, mode: 0o700 });
    // Anybody may make a folder in there, under any name.
    const { mode, uid } = await lstat(memoryHome());
    if ((mode & 0o170777) !== 0o040700 || uid !== process.getuid?.()) return undefined;
    // What killed processes have left there takes memory.
    for (const left of await abandonedWork(memoryHome())) await rm(left, { recursive: true, force: true });
    const folder = ownWork(memoryHome());
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch {
    return undefined;
  }
}
