import { createHash } from 'node:crypto';
import { readlinkSync, rmSync } from 'node:fs';
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { namesIn } from '../core/names-in.ts';
import { isInMemory } from '../core/tmpfs.ts';

const LINK = 'private';
const OWNER = 'vm';

/**
 * The folder in memory, open to this user alone, for what a machine's own folder must not hold: keys, and what
 * is handed to it. It is made when it is not there; the machine's folder remembers it by a link, whatever user session
 * asks later, and it remembers the machine's folder, by the path without symbolic links. `HOST_TOOL_FAILED` when this
 * host has no such place.
 */
export async function privateFolder(machineFolder: string): Promise<string> {
  const vmFolder = await realpath(machineFolder);
  const link = join(vmFolder, LINK);
  const known = await readlink(link).catch(() => undefined);
  const folder = known ?? join(await privateRoot(), shortName(vmFolder));
  if (known === undefined) await symlink(folder, link);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await assertOurs(folder);
  await writeFile(join(folder, OWNER), vmFolder, { mode: 0o600 });
  return folder;
}

/** Where a machine's private folder is, if it has one; after a restart of the host its link leads nowhere. */
export async function findPrivateFolder(vmFolder: string): Promise<string | undefined> {
  return await readlink(join(vmFolder, LINK)).catch(() => undefined);
}

/** Removes a machine's private folder, if it has one. */
export async function removePrivateFolder(vmFolder: string): Promise<void> {
  const folder = await findPrivateFolder(vmFolder);
  if (folder === undefined) return;
  await rm(folder, { recursive: true, force: true });
  await rm(join(vmFolder, LINK), { force: true });
}

/** Removes a machine's folder with its private folder, as a process does that ends at once. */
export function removeWithPrivateFolder(vmFolder: string): void {
  try {
    rmSync(readlinkSync(join(vmFolder, LINK)), { recursive: true, force: true });
  } catch {
    // It was not made yet.
  }
  rmSync(vmFolder, { recursive: true, force: true });
}

/** Removes the private folders of all that was in a folder, which may be gone. */
export async function removePrivateFoldersIn(folder: string): Promise<void> {
  const parent = await realpath(folder).catch(() => folder);
  // By its link one is found whose removal was cut off: it may not say any more whose it is.
  for (const name of await namesIn(parent)) {
    const vmFolder = join(parent, name);
    const known = await findPrivateFolder(vmFolder);
    if (known !== undefined && basename(known) === shortName(vmFolder)) await removePrivateFolder(vmFolder);
  }
  for (const { folder: known, of } of await listPrivateFolders())
    if (of.startsWith(`${parent}/`)) await rm(known, { recursive: true, force: true });
}

/** All private folders that this user has on this host, with the machine's folder that each is of. */
export async function listPrivateFolders(): Promise<{ readonly folder: string; readonly of: string }[]> {
  const found: { folder: string; of: string }[] = [];
  for (const root of candidates()) {
    for (const name of await readdir(root).catch(() => [])) {
      const folder = join(root, name);
      const of = await readFile(join(folder, OWNER), 'utf8').catch(() => undefined);
      if (of !== undefined) found.push({ folder, of });
    }
  }
  return found;
}

/** The last of them goes, with what this user has there, when a user logs out who does not linger. */
function candidates(): string[] {
  const uid = process.getuid?.() ?? 0;
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return [
    ...(uid === 0 ? ['/run/kiln'] : []),
    ...(runtime?.startsWith('/') ? [join(runtime, 'kiln')] : []),
    `/dev/shm/kiln-${uid}`,
  ];
}

async function privateRoot(): Promise<string> {
  for (const root of candidates()) {
    if (!(await isInMemory(join(root, '..')))) continue;
    try {
      await mkdir(root, { recursive: true, mode: 0o700 });
      await assertOurs(root);
      return root;
    } catch (error) {
      if (error instanceof Fault) throw error;
    }
  }
  throw new Fault('HOST_TOOL_FAILED', 'there is no folder in memory for the keys and secrets of machines', {
    details: candidates().map((root) => `tried ${root}`),
    hint: 'Mount a tmpfs on /dev/shm, as every distribution does.',
  });
}

/** Anybody may make a folder in /dev/shm, under any name. */
async function assertOurs(folder: string): Promise<void> {
  const { mode, uid } = await lstat(folder);
  if ((mode & 0o170777) === 0o040700 && uid === process.getuid?.()) return;
  throw new Fault('HOST_TOOL_FAILED', `${folder} is not a folder of this user alone`, {
    hint: `See who made it, with \`ls -ld ${folder}\`, and remove it.`,
  });
}

function shortName(vmFolder: string): string {
  return createHash('sha256').update(vmFolder).digest('hex').slice(0, 16);
}
