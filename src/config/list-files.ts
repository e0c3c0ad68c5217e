import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { short } from './printable.ts';
import type { Problem } from './problem.ts';
import { problemOf } from './read-source.ts';
import type { RealRoot } from './real-root.ts';
import { nameProblem } from './text.ts';

export interface ListedFiles {
  /** Names without `.yaml`, sorted. */
  readonly names: readonly string[];
  readonly problems: readonly Problem[];
}

/** The YAML files of a folder by name; a folder that is not there has none, hidden files are left alone. */
export async function listFiles(root: RealRoot, folder: string): Promise<ListedFiles> {
  const entries = await readdir(join(root.path, folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const names: string[] = [];
  const problems: Problem[] = [];
  for (const entry of entries.filter((name) => !name.startsWith('.')).sort()) {
    const [, name = '', extension] = /^(.*)\.(ya?ml)$/s.exec(entry) ?? [];
    if (extension === undefined) continue;
    const file = `${folder}/${entry}`;
    const wrong = nameProblem(name);
    if (extension === 'yml') {
      problems.push(problemOf(file, 'wrong-name', 'this file is not read', `call it ${short(name)}.yaml`));
    } else if (wrong !== undefined) {
      problems.push(problemOf(file, 'wrong-name', `\`${short(name)}\` ${wrong}`));
    } else {
      names.push(name);
    }
  }
  return { names, problems };
}
