import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isThere } from './is-there.ts';
import type { ListedFiles } from './list-files.ts';
import { short } from './printable.ts';
import type { Problem } from './problem.ts';
import { problemOf } from './read-source.ts';
import type { RealRoot } from './real-root.ts';
import { nameProblem } from './text.ts';

export const ENVIRONMENT_FILE = 'environment.yaml';

/** The environments of a folder by name: what has an environment.yaml is one; hidden folders are left alone. */
export async function listEnvironments({ path, shown }: RealRoot): Promise<ListedFiles> {
  const entries = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
  const looked = await Promise.all(
    entries.map(async (name) => ({ name, problem: await problemWith(path, shown, name) })),
  );
  return {
    names: looked.flatMap(({ name, problem }) => (problem === undefined ? [name] : [])),
    problems: looked.flatMap(({ problem }) => (problem === undefined || problem === 'none' ? [] : [problem])),
  };
}

/** Nothing for an environment, `none` for what is none and need not be. */
async function problemWith(path: string, shown: string, name: string): Promise<Problem | 'none' | undefined> {
  if (await isThere(join(path, name, ENVIRONMENT_FILE))) {
    const wrong = nameProblem(name);
    if (wrong === undefined) return undefined;
    return problemOf(`${shown}${name}/${ENVIRONMENT_FILE}`, 'wrong-name', `\`${short(name)}\` ${wrong}`);
  }
  if (!(await isThere(join(path, name, 'environment.yml')))) return 'none';
  return problemOf(
    `${shown}${name}/environment.yml`,
    'wrong-name',
    'this file is not read',
    `call it ${ENVIRONMENT_FILE}`,
  );
}
