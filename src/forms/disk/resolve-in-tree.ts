import type { TreeEntry } from '../../tree/entry.ts';

/** As many links as Linux follows: path_resolution(7). */
const MAX_LINKS = 40;

/** What a path of a tree leads to when every link on the way is followed inside it; undefined when to nothing. */
export function resolveInTree(entries: ReadonlyMap<string, TreeEntry>, path: string): TreeEntry | undefined {
  const left = path.split('/');
  let at: string[] = [];
  for (let links = 0; left.length > 0; ) {
    const name = left.shift() as string;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      at = at.slice(0, -1);
      continue;
    }
    const entry = entries.get([...at, name].join('/'));
    if (entry === undefined) return undefined;
    if (entry.type !== 'symlink') {
      at.push(name);
      continue;
    }
    if (++links > MAX_LINKS) return undefined;
    const target = entry.target ?? '';
    if (target.startsWith('/')) at = [];
    left.unshift(...target.split('/'));
  }
  return entries.get(at.join('/'));
}
