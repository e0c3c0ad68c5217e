import { stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import { isThere } from './is-there.ts';
import { type Loaded, type LoadedFile, loadFile } from './load-file.ts';
import { short } from './printable.ts';
import type { Problem } from './problem.ts';
import { type RealRoot, realRootOf } from './real-root.ts';
import {
  DEFAULT_WORKSPACE_FILE,
  WORKSPACE_FILE,
  type WorkspaceFile,
  workspaceFileSchema,
} from './workspace-file.ts';

/** The folders that hold environments, in the order in which they are searched. */
export interface FoundFolders {
  readonly folders: readonly RealRoot[];
  /** Listed folders of other checkouts that are not there, as people are shown them. */
  readonly absent: readonly string[];
  readonly problems: readonly Problem[];
  /** `kiln.yaml`, where there is one and it is valid. */
  readonly file: Loaded<WorkspaceFile> | undefined;
}

/**
 * The folders that `kiln.yaml` lists, and before them the one of `--environments`. One that is not there is a mistake
 * when it would be in the workspace; another checkout is not everybody's. Throws FILE_MISSING for `first`.
 */
export async function findFolders(
  root: RealRoot,
  first: string | undefined,
  signal: AbortSignal,
): Promise<FoundFolders> {
  const file = await loadWorkspaceFile(root, signal);
  const { environments } = file?.loaded?.value ?? DEFAULT_WORKSPACE_FILE;
  const looked = await Promise.all(environments.map((path, index) => look(root, path, file?.loaded, index)));
  const chosen = first === undefined ? [] : [await chosenFolder(root, resolve(first))];
  const all = [...chosen, ...looked.flatMap(({ folder }) => folder ?? [])];
  return {
    folders: all.filter(({ real }, index) => all.findIndex((other) => other.real === real) === index),
    absent: looked.flatMap(({ absent }) => absent ?? []),
    problems: [...(file?.problems ?? []), ...looked.flatMap(({ problem }) => problem ?? [])],
    file: file?.loaded,
  };
}

async function loadWorkspaceFile(
  root: RealRoot,
  signal: AbortSignal,
): Promise<LoadedFile<WorkspaceFile> | undefined> {
  if (!(await isThere(join(root.path, WORKSPACE_FILE)))) return undefined;
  return await loadFile(root, WORKSPACE_FILE, workspaceFileSchema, { signal });
}

interface Looked {
  readonly folder?: RealRoot;
  readonly absent?: string;
  readonly problem?: Problem;
}

/** One that is not written down need not be there. */
async function look(
  root: RealRoot,
  path: string,
  file: Loaded<WorkspaceFile> | undefined,
  index: number,
): Promise<Looked> {
  const absolute = resolve(root.path, path);
  const kind = await kindOf(absolute);
  if (kind === 'folder') return { folder: await environmentsRoot(root, absolute) };
  const shown = short(path, 200);
  const isElsewhere = relative(root.path, absolute).startsWith('..');
  if (kind === 'nothing' && isElsewhere) return { absent: shown };
  if (file === undefined || !Object.hasOwn(Object(file.raw), 'environments')) return {};
  const message = kind === 'nothing' ? `there is no folder \`${shown}\`` : `\`${shown}\` is no folder`;
  return { problem: file.problemAt(['environments', index], { code: 'file-missing', message }) };
}

async function chosenFolder(root: RealRoot, path: string): Promise<RealRoot> {
  if ((await kindOf(path)) === 'folder') return await environmentsRoot(root, path);
  throw new Fault('FILE_MISSING', `there is no folder ${short(path, 200)} to take environments from`, {
    hint: 'Name with --environments the folder that holds them: each is a folder in it with an environment.yaml.',
  });
}

async function environmentsRoot(root: RealRoot, path: string): Promise<RealRoot> {
  const way = relative(root.path, path);
  return await realRootOf(path, {
    called: way === '' ? 'the workspace' : way,
    shown: way === '' ? '' : `${way}/`,
  });
}

async function kindOf(path: string): Promise<'folder' | 'something' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'something';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return 'nothing';
    throw error;
  }
}
