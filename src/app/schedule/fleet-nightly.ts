import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { FleetNightly, Nightly } from './schedule.ts';

/** The night's work for machines that check the workspace's repository out. */
export async function fleetNightly(nightly: Nightly, shards: number): Promise<FleetNightly> {
  const { workspace } = nightly;
  const folder = relative(await repositoryOf(workspace), workspace);
  return { ...nightly, shards, folder: folder === '' ? '.' : folder, kiln: await isKiln(workspace) };
}

/** The nearest folder with `.git`, which is a file in a work tree; without one, the workspace itself. */
async function repositoryOf(workspace: string): Promise<string> {
  for (let folder = workspace; ; folder = dirname(folder)) {
    if (await isThere(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return workspace;
  }
}

async function isKiln(workspace: string): Promise<boolean> {
  const text = await readFile(join(workspace, 'package.json'), 'utf8').catch(() => '');
  return /^\s*"name":\s*"kiln"/m.test(text) && (await isThere(join(workspace, 'scripts/engine')));
}

/** Whether there is something at a path. */
export async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
