import type { TreeEntry } from './entry.ts';

/** What of a path is different; `content` is a file's bytes. */
export type Difference = 'type' | 'content' | 'target' | 'device' | 'mode' | 'owner' | 'xattrs';

/** One path that is not the same in two trees. */
export interface TreeChange {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Never empty for `changed`, empty for the others. */
  readonly what: readonly Difference[];
  readonly before?: TreeEntry;
  readonly after?: TreeEntry;
}

/** The paths that differ between two trees, each given in the order of its paths' code units, as a manifest is. */
export function compareTrees(before: Iterable<TreeEntry>, after: Iterable<TreeEntry>): TreeChange[] {
  const changes: TreeChange[] = [];
  const [olds, news] = [inOrder(before), inOrder(after)];
  let old = olds.next();
  let now = news.next();
  while (!old.done || !now.done) {
    if (now.done || (!old.done && old.value.path < now.value.path)) {
      const entry = old.value as TreeEntry;
      changes.push({ path: entry.path, kind: 'removed', what: [], before: entry });
      old = olds.next();
    } else if (old.done || now.value.path < old.value.path) {
      changes.push({ path: now.value.path, kind: 'added', what: [], after: now.value });
      now = news.next();
    } else {
      const what = differences(old.value, now.value);
      if (what.length > 0)
        changes.push({ path: now.value.path, kind: 'changed', what, before: old.value, after: now.value });
      old = olds.next();
      now = news.next();
    }
  }
  return changes;
}

/** What differs between two entries of one path. */
export function differences(before: TreeEntry, after: TreeEntry): Difference[] {
  const found: Difference[] = [];
  if (before.type !== after.type) found.push('type');
  // Another type brings another content by itself: only like is compared with like.
  else if (before.sha256 !== after.sha256 || before.size !== after.size) found.push('content');
  else if (before.target !== after.target) found.push('target');
  else if (before.device?.join() !== after.device?.join()) found.push('device');
  if (before.mode !== after.mode) found.push('mode');
  if (before.uid !== after.uid || before.gid !== after.gid) found.push('owner');
  if (!sameXattrs(before.xattrs, after.xattrs)) found.push('xattrs');
  return found;
}

function sameXattrs(before: TreeEntry['xattrs'] = {}, after: TreeEntry['xattrs'] = {}): boolean {
  const names = Object.keys(before);
  return names.length === Object.keys(after).length && names.every((name) => before[name] === after[name]);
}

/** A merge over a sequence in another order would quietly report nonsense. */
function* inOrder(entries: Iterable<TreeEntry>): Generator<TreeEntry, undefined> {
  let last: string | undefined;
  for (const entry of entries) {
    if (last !== undefined && entry.path <= last) {
      throw new Error(`a tree is out of order: ${JSON.stringify(entry.path)} after ${JSON.stringify(last)}`);
    }
    last = entry.path;
    yield entry;
  }
  return undefined;
}
