import type { TreeChange } from '../../tree/compare.ts';
import type { TreeEntry } from '../../tree/entry.ts';

/** A file that runs as its owner or its group, whoever starts it. */
export interface Privileged {
  readonly path: string;
  readonly bit: 'set-uid' | 'set-gid';
  /** The uid or gid that it runs as. */
  readonly as: number;
  /** Of the package that brought it; absent for a file of none. */
  readonly package?: string;
}

/** The files that one side of some changes lets run as another, where the other side does not or as another still. */
export function privilegedFiles(
  changes: readonly TreeChange[],
  side: 'before' | 'after',
  ownersOf: (path: string) => readonly string[],
): Privileged[] {
  return changes.flatMap((change) => {
    const other = rights(change[side === 'after' ? 'before' : 'after']);
    const gained = rights(change[side]).filter(
      ({ bit, as }) => !other.some((known) => known.bit === bit && known.as === as),
    );
    const owner = ownersOf(change.path)[0];
    return gained.map((right) => ({
      path: change.path,
      ...right,
      ...(owner === undefined ? {} : { package: owner }),
    }));
  });
}

function rights(entry: TreeEntry | undefined): Pick<Privileged, 'bit' | 'as'>[] {
  if (entry?.type !== 'file') return [];
  return [
    ...((entry.mode & 0o4000) === 0 ? [] : [{ bit: 'set-uid' as const, as: entry.uid }]),
    ...((entry.mode & 0o2000) === 0 ? [] : [{ bit: 'set-gid' as const, as: entry.gid }]),
  ];
}
