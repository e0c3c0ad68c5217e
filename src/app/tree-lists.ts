import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { manifestFile, packageFilesFile } from '../catalogue/image-files.ts';
import { writeFileAtomically } from '../core/atomic-file.ts';
import type { Digest } from '../core/digest.ts';
import { makeFolder, syncFolder } from '../core/durable-folder.ts';
import { readRuns } from '../core/ledger-runs.ts';
import type { Scope } from '../core/scope.ts';
import { withImageFolder } from '../forms/disk/image-files.ts';
import type { Tree } from '../tree/capture.ts';
import { writeManifest } from '../tree/manifest.ts';
import type { Bake } from './bake.ts';
import type { TakenInventory } from './take-inventory.ts';

/**
 * Writes what goes with a tree, its manifest and which package has which file, and waits until it is on disk. The scope
 * removes it unless it is kept by what this gives: where a record names it, or another bake is about to publish the same.
 */
export async function writeTreeLists(
  bake: Pick<Bake, 'id' | 'home' | 'catalogue'>,
  { digest, manifest }: Pick<Tree, 'digest' | 'manifest'>,
  { packageFiles }: Pick<TakenInventory, 'packageFiles'>,
  scope: Scope,
): Promise<() => void> {
  const [manifestPath, packageFilesPath] = listsOf(bake.home, digest);
  const folder = dirname(manifestPath);
  const remove = () => removeTreeLists(bake.home, digest, () => isTaken(bake, digest));
  const keep = scope.defer(`lists of the tree ${digest}`, remove, 'bake gc');
  await makeFolder(folder);
  await withImageFolder(folder, async () => {
    await Promise.all([
      manifest().then((entries) => writeManifest(manifestPath, entries)),
      writeFileAtomically(packageFilesPath, packageFiles),
    ]);
    await syncFolder(folder);
  });
  return keep;
}

/** Removes what goes with a tree, unless it is somebody's. */
export async function removeTreeLists(
  home: string,
  tree: Digest,
  isTaken: () => Promise<boolean>,
): Promise<void> {
  const lists = listsOf(home, tree);
  const folder = dirname(lists[0]);
  await withImageFolder(folder, async () => {
    if (await isTaken()) return;
    for (const file of lists) await rm(file, { force: true });
  });
  // There may be a disk in it.
  await rmdir(folder).catch(() => {});
}

/** The files that go with a tree. */
export function listsOf(home: string, tree: Digest): [manifest: string, packageFiles: string] {
  return [join(home, manifestFile(tree)), join(home, packageFilesFile(tree))];
}

/** Whether another run that lives publishes a tree, or a record names it; `RECORD_DAMAGED` where one may. */
async function isTaken(
  { id, home, catalogue }: Pick<Bake, 'id' | 'home' | 'catalogue'>,
  tree: Digest,
): Promise<boolean> {
  // Living runs first: the record is there before one lets go of its tree.
  const others = (await readRuns(home)).living.filter(({ run }) => run !== id);
  const intended = others.flatMap(({ open }) => open.map(({ intends }) => intends));
  if (intended.some((one) => one.kind === 'publish' && one.tree === tree)) return true;
  let damaged: unknown;
  for await (const listed of catalogue.list()) {
    if (listed.kind === 'damaged') damaged = listed.fault;
    else if (listed.record.digest === tree) return true;
  }
  if (damaged !== undefined) throw damaged;
  return false;
}
