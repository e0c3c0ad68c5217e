import { posix } from 'node:path';
import type { TreeEntry } from '../../tree/entry.ts';

/** Where paths of one tree really are, its symbolic links followed; all paths relative to its root. */
export interface RealPaths {
  /** Every link followed, the last part's too: `etc/alternatives/editor` is `usr/bin/nano`. */
  of(path: string): string;
  /** Links on the way followed, the last part kept: `/bin/sh` is `usr/bin/sh` on a merged /usr. */
  ofParent(path: string): string;
}

/** As deep as Linux follows links (MAXSYMLINKS); a loop ends there. */
const DEPTH = 40;

/** Reads the links of a manifest once and answers from memory. */
export function realPaths(manifest: Iterable<TreeEntry>): RealPaths {
  const links = new Map<string, string>();
  for (const { path, target } of manifest) if (target !== undefined) links.set(path, target);
  const known = new Map<string, string>([['', '']]);

  function of(path: string, depth = 0): string {
    const found = known.get(path);
    if (found !== undefined) return found;
    const place = ofParent(path, depth);
    const target = links.get(place);
    const real = target === undefined || depth >= DEPTH ? place : of(joined(place, target), depth + 1);
    known.set(path, real);
    return real;
  }

  function ofParent(path: string, depth = 0): string {
    const relative = path.startsWith('/') ? path.slice(1) : path;
    const slash = relative.lastIndexOf('/');
    if (slash === -1) return relative;
    const parent = of(relative.slice(0, slash), depth);
    return parent === '' ? relative.slice(slash + 1) : `${parent}/${relative.slice(slash + 1)}`;
  }

  return { of: (path) => of(path.replace(/^\/+/, '')), ofParent: (path) => ofParent(path) };
}

/** A link's target from the tree's root; `..` cannot leave it. */
function joined(link: string, target: string): string {
  return posix.resolve('/', posix.dirname(link), target).slice(1);
}
