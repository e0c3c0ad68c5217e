import { join } from 'node:path';
import { assertValid } from './assert-valid.ts';
import { chainOf, checkAfter } from './check-after.ts';
import { checkNightly } from './check-nightly.ts';
import { createDataReader } from './data-files.ts';
import { type EnvironmentConfig, environmentSchema } from './environment.ts';
import {
  environmentFile,
  findDoubles,
  type Homes,
  homesOf,
  readEnvironmentsFolder,
} from './environments-folder.ts';
import { findFolders } from './find-folders.ts';
import { createHierarchy, type Hierarchy } from './hierarchy.ts';
import { type Loaded, loadFile } from './load-file.ts';
import { inOrder, type Problem } from './problem.ts';
import { type RealRoot, realRootOf } from './real-root.ts';
import { type NightlySettings, WORKSPACE_FILE } from './workspace-file.ts';

/** An environment whose file is valid. */
export interface LoadedEnvironment {
  readonly name: string;
  readonly config: EnvironmentConfig;
  /** The file, which can point into itself. */
  readonly loaded: Loaded<EnvironmentConfig>;
  /** The folder of environments that it is in. */
  readonly root: RealRoot;
  /** `environments/NAME`, absolute, and as people are shown it: relative to the workspace. */
  readonly folder: string;
  readonly shown: string;
  /** Absolute; it need not be there. */
  readonly secretsFile: string;
}

/** All environments of a workspace, wherever their folders are. */
export interface Environments {
  /** Every environment's name, those included whose file is not valid; sorted. */
  readonly names: readonly string[];
  /** Those that their schema accepts. */
  readonly environments: ReadonlyMap<string, LoadedEnvironment>;
  /** The folders that were searched, in their order. */
  readonly folders: readonly RealRoot[];
  /** Listed folders of other checkouts that are not there, as people are shown them. */
  readonly absent: readonly string[];
  /** What `kiln.yaml` says of the nightly rebuild. */
  readonly nightly: NightlySettings;
  /** By file and position. */
  readonly problems: readonly Problem[];
  /** Those that concern one environment: of kiln.yaml, its hiera.yaml, its own file and those that it comes after. */
  problemsOf(name: string): Problem[];
  /** The levels of its data; throws CONFIG_INVALID when its hiera.yaml is not valid. */
  hierarchyOf(name: string): Hierarchy;
}

export interface EnvironmentsOptions {
  /** A folder of environments that comes before all others; what it has stands for others of the same name. */
  readonly first?: string | undefined;
}

/**
 * Reads every environment and hierarchy of a workspace, and no template; what is wrong is in `problems`. Throws
 * FILE_MISSING when `first` is not there.
 */
export async function loadEnvironments(
  workspaceRoot: string,
  { first }: EnvironmentsOptions,
  signal: AbortSignal,
): Promise<Environments> {
  const found = await findFolders(await realRootOf(workspaceRoot), first, signal);
  const folders = await Promise.all(found.folders.map((folder) => readEnvironmentsFolder(folder, signal)));
  const homes = homesOf(folders);
  const names = [...homes.keys()].sort();
  const files = await Promise.all(
    [...homes].map(async ([name, [{ root }]]) => {
      const file = await loadFile(root, environmentFile(name), environmentSchema, { signal });
      return { name, root, ...file };
    }),
  );
  const written = new Map(files.flatMap(({ name, written }) => (written ? [[name, written] as const] : [])));
  const problems = inOrder([
    ...found.problems,
    ...folders.flatMap((folder) => [...folder.problems, ...(folder.hiera?.problems ?? [])]),
    ...files.flatMap((file) => file.problems),
    ...findDoubles(homes, first === undefined ? undefined : folders[0]),
    ...checkAfter(written, names, found.absent),
    ...checkNightly(found.file, names, found.absent),
  ]);
  const readDataFile = createDataReader();

  /** Its own folder first, then the others in their order. */
  function around(name: string): Homes {
    const own = homes.get(name)?.[0];
    if (own === undefined) throw new Error(`${name} is not an environment of the workspace`);
    return [own, ...folders.filter((folder) => folder !== own)];
  }

  function hieraOf(name: string) {
    return around(name).find(({ hiera }) => hiera !== undefined)?.hiera;
  }

  function problemsOf(name: string): Problem[] {
    const concerned = new Set([WORKSPACE_FILE]);
    for (const link of chainOf(name, written))
      for (const { root } of homes.get(link) ?? []) concerned.add(`${root.shown}${environmentFile(link)}`);
    const ofHiera = hieraOf(name)?.problems ?? [];
    return problems.filter((problem) => concerned.has(problem.file) || ofHiera.includes(problem));
  }

  function hierarchyOf(name: string): Hierarchy {
    const hiera = hieraOf(name);
    assertValid(hiera?.problems ?? []);
    const [own, ...others] = around(name);
    return createHierarchy(hiera?.loaded, [own.root, ...others.map(({ root }) => root)], readDataFile);
  }

  const loaded = files.flatMap((file) =>
    file.loaded ? [environmentOf(file.name, file.root, file.loaded)] : [],
  );
  return {
    names,
    environments: new Map(loaded.map((environment) => [environment.name, environment])),
    folders: found.folders,
    absent: found.absent,
    nightly: found.file?.value.nightly ?? {},
    problems,
    problemsOf,
    hierarchyOf,
  };
}

function environmentOf(name: string, root: RealRoot, loaded: Loaded<EnvironmentConfig>): LoadedEnvironment {
  const folder = join(root.path, name);
  return {
    name,
    config: loaded.value,
    loaded,
    root,
    folder,
    shown: `${root.shown}${name}`,
    secretsFile: join(folder, 'secrets.yaml'),
  };
}
