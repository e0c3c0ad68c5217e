import { join } from 'node:path';
import { type HieraConfig, hieraSchema } from './hiera.ts';
import { isThere } from './is-there.ts';
import { ENVIRONMENT_FILE, listEnvironments } from './list-environments.ts';
import { type LoadedFile, loadFile } from './load-file.ts';
import type { Problem } from './problem.ts';
import { problemOf } from './read-source.ts';
import type { RealRoot } from './real-root.ts';

/** A folder of environments, and its hiera.yaml where it has one. */
export interface EnvironmentsFolder {
  readonly root: RealRoot;
  readonly names: readonly string[];
  readonly hiera: LoadedFile<HieraConfig> | undefined;
  /** With the names in it; those of its hiera.yaml are told there. */
  readonly problems: readonly Problem[];
}

/** The folders that have an environment of one name; the first one is it. */
export type Homes = readonly [EnvironmentsFolder, ...EnvironmentsFolder[]];

const HIERA_FILE = 'hiera.yaml';

/** The file of an environment, relative to the folder that it is in. */
export function environmentFile(name: string): string {
  return `${name}/${ENVIRONMENT_FILE}`;
}

/** Looks which environments a folder has, and reads its hiera.yaml. */
export async function readEnvironmentsFolder(
  root: RealRoot,
  signal: AbortSignal,
): Promise<EnvironmentsFolder> {
  const [listed, hasHiera] = await Promise.all([
    listEnvironments(root),
    isThere(join(root.path, HIERA_FILE)),
  ]);
  const hiera = hasHiera ? await loadFile(root, HIERA_FILE, hieraSchema, { signal }) : undefined;
  return { root, ...listed, hiera };
}

/** Which folders have an environment of each name, in their order. */
export function homesOf(folders: readonly EnvironmentsFolder[]): ReadonlyMap<string, Homes> {
  const homes = new Map<string, Homes>();
  for (const folder of folders) {
    for (const name of folder.names) {
      const before = homes.get(name);
      homes.set(name, before === undefined ? [folder] : [...before, folder]);
    }
  }
  return homes;
}

/** Environments that are in two folders, unless the one of the command line, `chosen`, has them. */
export function findDoubles(
  homes: ReadonlyMap<string, Homes>,
  chosen: EnvironmentsFolder | undefined,
): Problem[] {
  return [...homes].flatMap(([name, [home, ...others]]) => {
    if (home === chosen) return [];
    const message = `there is an environment \`${name}\` in ${home.root.called} too`;
    const hint = 'remove one of them, or choose a folder with --environments';
    return others.map(({ root }) =>
      problemOf(`${root.shown}${environmentFile(name)}`, 'wrong-name', message, hint),
    );
  });
}
