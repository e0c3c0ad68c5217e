import type { Dirent } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { short } from './printable.ts';
import type { ProblemDetails } from './problem.ts';
import { isInside, type RealRoot, realPathInside } from './real-root.ts';

/** The first ones show what is wrong. */
const MOST_STRAYS = 10;

/** Everything in a folder that cannot go into a bundle: links that lead out of the workspace, sockets, devices. */
export async function findStrays(root: RealRoot, folder: string): Promise<ProblemDetails[]> {
  const strays: ProblemDetails[] = [];
  const seen = new Set<string>();

  async function walk(directory: string): Promise<void> {
    if (seen.has(directory) || strays.length >= MOST_STRAYS) return;
    seen.add(directory);
    const entries = await readdir(directory, { withFileTypes: true });
    await Promise.all(entries.map((entry) => look(entry, join(directory, entry.name))));
  }

  async function look(entry: Dirent, path: string): Promise<void> {
    if (entry.isFile()) return;
    if (entry.isDirectory()) return await walk(path);
    const name = short(relative(root.real, path), 200);
    if (!entry.isSymbolicLink()) {
      strays.push({ code: 'file-missing', message: `\`${name}\` is neither a file, a folder nor a link` });
      return;
    }
    const real = await realPathInside(root, path);
    if (real === 'outside' || (real === 'missing' && !isInside(root, await wordsOf(path)))) {
      strays.push({ code: 'path-outside', message: `\`${name}\` is a link that leads out of the workspace` });
    } else if (real !== 'missing' && (await stat(real)).isDirectory()) {
      await walk(real);
    }
  }

  await walk(folder);
  return strays.sort((a, b) => (a.message < b.message ? -1 : 1)).slice(0, MOST_STRAYS);
}

/** Where a link to nothing would lead. */
async function wordsOf(link: string): Promise<string> {
  return resolve(dirname(link), await readlink(link));
}
