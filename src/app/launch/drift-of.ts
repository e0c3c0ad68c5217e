import { changedByRunning } from '../../seal/runtime.ts';
import { scanTree } from '../../tree/capture.ts';
import { compareTrees, type Difference, type TreeChange } from '../../tree/compare.ts';
import type { TreeEntry } from '../../tree/entry.ts';
import type { Manifest } from '../../tree/manifest.ts';
import type { TreeSource } from '../../tree/source.ts';

/** One path of a running machine that is not as its image has it. */
export interface DriftChange {
  /** `/etc/nginx/nginx.conf` */
  readonly path: string;
  readonly kind: 'added' | 'changed' | 'removed';
  /** Never empty for `changed`, empty for the others. */
  readonly what: readonly Difference[];
  /** As the image has it. */
  readonly before?: DriftEntry;
  /** As it is now. */
  readonly after?: DriftEntry;
}

export interface DriftEntry {
  readonly type: TreeEntry['type'];
  /** Four octal digits: `0644`. */
  readonly mode: string;
  /** By id: `0:33`. */
  readonly owner: string;
  /** Bytes; files only. */
  readonly size?: number;
  /** Hex; files only. */
  readonly sha256?: string;
  /** Symlinks only. */
  readonly target?: string;
}

/**
 * How a running machine's tree differs from its image's manifest, in the order of the paths: less what a machine changes
 * by running, and less `state`, absolute paths that may change with all below them. Every file is hashed: its size and
 * time say nothing, as whoever may write it may set them too.
 */
export async function driftOf(
  source: TreeSource,
  manifest: Manifest,
  state: readonly string[],
  signal: AbortSignal,
): Promise<DriftChange[]> {
  const running = await scanTree(source, signal);
  const isState = within(state);
  return compareTrees(manifest, running.manifest).flatMap((change) => {
    const drifted = isState(change.path) ? undefined : withoutRunning(change);
    return drifted === undefined ? [] : [driftChange(drifted)];
  });
}

/** What is left of a change when what comes of running is taken from it. */
function withoutRunning(change: TreeChange): TreeChange | undefined {
  const allowed = changedByRunning(change.path);
  if (allowed === 'nothing') return change;
  if (change.kind === 'changed') {
    const what = change.what.filter((difference) => difference !== 'content');
    return what.length === 0 ? undefined : { ...change, what };
  }
  if (change.kind === 'added') return isPrivileged(change.after) ? change : undefined;
  // A daemon may not start again without its folder for logs; a file of them is rotated away.
  return allowed === 'presence' && change.before?.type !== 'directory' ? undefined : change;
}

/** A way to rights that running alone does not make: a program that runs as its owner or with capabilities, a device. */
function isPrivileged(entry: TreeEntry | undefined): boolean {
  if (entry === undefined) return false;
  const runsAsItsOwner = entry.type === 'file' && (entry.mode & 0o6000) !== 0;
  return runsAsItsOwner || entry.device !== undefined || entry.xattrs !== undefined;
}

function within(paths: readonly string[]): (path: string) => boolean {
  const tops = paths.map((path) => path.replace(/^\/+|\/+$/g, ''));
  return (path) => tops.some((top) => path === top || path.startsWith(`${top}/`));
}

function driftChange({ path, kind, what, before, after }: TreeChange): DriftChange {
  return {
    path: `/${path}`,
    kind,
    what,
    ...(before === undefined ? {} : { before: driftEntry(before) }),
    ...(after === undefined ? {} : { after: driftEntry(after) }),
  };
}

function driftEntry({ type, mode, uid, gid, size, sha256, target }: TreeEntry): DriftEntry {
  return {
    type,
    mode: mode.toString(8).padStart(4, '0'),
    owner: `${uid}:${gid}`,
    ...(size === undefined ? {} : { size }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(target === undefined ? {} : { target }),
  };
}
