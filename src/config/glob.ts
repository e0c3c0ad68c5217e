import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isThere } from './is-there.ts';
import type { RealRoot } from './real-root.ts';

/** Whether a path has what makes a pattern of it. */
export function isPattern(path: string): boolean {
  return /[*?[\\]/.test(path);
}

/**
 * The paths below a folder that a pattern of Go's `filepath.Match` means, sorted: `*`, `?`, `[a-z]`, `[^a-z]` and `\`, none
 * of which stands for a slash. Throws an Error for a pattern that is none.
 */
export async function expandPattern(root: RealRoot, pattern: string): Promise<string[]> {
  let found = [''];
  for (const segment of pattern.split('/')) {
    const next = await Promise.all(found.map((folder) => matchesIn(root, folder, segment)));
    found = next.flat();
  }
  return found.sort();
}

async function matchesIn(root: RealRoot, folder: string, segment: string): Promise<string[]> {
  const at = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  if (!isPattern(segment)) {
    const path = at(segment);
    return (await isThere(join(root.path, path))) ? [path] : [];
  }
  const expression = segmentPattern(segment);
  const names = await readdir(join(root.path, folder)).catch(() => []);
  return names.filter((name) => expression.test(name)).map(at);
}

const TOKEN = /\\([\s\S])|\[(\^?)((?:\\[\s\S]|[^\]\\])+)\]|([\s\S])/g;

function segmentPattern(segment: string): RegExp {
  const parts = [...segment.matchAll(TOKEN)].map(([, escaped, negated, set, char]) => {
    // A backslash takes a character as it is, whatever it means to a RegExp.
    if (set !== undefined)
      return `[${negated}${set.replace(/\\(.)/gs, (_, one: string) => (/[\]\\^-]/.test(one) ? `\\${one}` : one))}]`;
    if (char === '*') return '.*';
    if (char === '?') return '.';
    if (char === '[' || char === '\\') throw new Error(`a ${char} is not closed`);
    return (escaped ?? char ?? '').replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}
