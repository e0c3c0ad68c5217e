import type { TreeChange } from '../../tree/compare.ts';

/** How much a package's files, or those of no package below a folder, grew. */
export interface Growth {
  /** `linux-image-6.1`, or `/var/lib`. */
  readonly what: string;
  /** Negative when it shrank; a hardlinked file counts for each of its paths. */
  readonly bytes: number;
}

/** What a tree's size changed by, the largest first; what has the size that it had is left out. */
export function growthOf(
  changes: readonly TreeChange[],
  ownerOf: (change: TreeChange) => string | undefined,
): Growth[] {
  const sums = new Map<string, number>();
  for (const change of changes) {
    const bytes = (change.after?.size ?? 0) - (change.before?.size ?? 0);
    if (bytes === 0) continue;
    const what = ownerOf(change) ?? folderOf(change.path);
    sums.set(what, (sums.get(what) ?? 0) + bytes);
  }
  return [...sums]
    .filter(([, bytes]) => bytes !== 0)
    .map(([what, bytes]) => ({ what, bytes }))
    .sort((a, b) => Math.abs(b.bytes) - Math.abs(a.bytes) || (a.what < b.what ? -1 : 1));
}

/** The first two folders of a path: `/var/lib`, `/srv`. */
function folderOf(path: string): string {
  return `/${path.split('/').slice(0, -1).slice(0, 2).join('/')}`;
}
