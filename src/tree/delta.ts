import { byPath, type TreeEntry } from './entry.ts';
import type { Manifest } from './manifest.ts';
import type { Extent } from './spool.ts';

/** One path that a layer over the base has to set. */
export interface ChangedEntry {
  readonly entry: TreeEntry;
  /** Whole seconds, clamped. */
  readonly mtime: number;
  readonly content?: Extent;
}

/**
 * The differing entries with every folder above them and above what is gone, so that a layer sets each folder's mode
 * and owner again: an engine makes those that a layer leaves out with its own.
 */
export function withParents(
  differing: readonly ChangedEntry[],
  removed: readonly string[],
  seen: ReadonlyMap<string, ChangedEntry>,
): ChangedEntry[] {
  const chosen = new Map(differing.map((one) => [one.entry.path, one]));
  for (const path of [...chosen.keys(), ...removed]) {
    for (let parent = parentOf(path); parent !== ''; parent = parentOf(parent)) {
      const folder = seen.get(parent);
      if (folder === undefined) break;
      chosen.set(parent, folder);
    }
  }
  return [...chosen.values()].sort((a, b) => byPath(a.entry, b.entry));
}

/** The base's paths that a tree has not; of a removed folder, only the folder. */
export function removedPaths(base: Manifest, seen: ReadonlyMap<string, ChangedEntry>): string[] {
  const removed: string[] = [];
  for (const { path } of base) {
    if (seen.has(path)) continue;
    // What was in something that is no folder any more goes with it.
    if (isFolder(parentOf(path), seen)) removed.push(path);
  }
  return removed;
}

function isFolder(path: string, seen: ReadonlyMap<string, ChangedEntry>): boolean {
  return path === '' || seen.get(path)?.entry.type === 'directory';
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
