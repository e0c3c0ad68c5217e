import type { TarHeader } from '../core/tar/member.ts';

/** One path of a file tree, as its identity counts it: no times, no inode or link numbers. */
export interface TreeEntry {
  /** Relative, without `./` and trailing slash; the root itself is ''. See `core/tar/name.ts`. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo';
  /** Permission bits with setuid, setgid and sticky (0o7777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; files only. */
  readonly size?: number;
  /** Hex; files only. */
  readonly sha256?: string;
  /** Symlinks only. */
  readonly target?: string;
  /** Major and minor; devices only. */
  readonly device?: readonly [number, number];
  /** Name to base64 of the value. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

/**
 * The attributes that a tree keeps: those that every form can carry and that the engine's export gives back.
 * Docker drops all others (`ReadSecurityXattrToTarHeader`), POSIX ACLs among them.
 */
const KEPT_XATTRS = new Set(['security.capability']);

/** The entry of a member that is no hardlink; the keys are always in this order. */
export function entryOf(header: TarHeader, sha256: string | undefined): TreeEntry {
  if (header.type === 'hardlink') throw new Error(`${header.path}: a hardlink has its target's entry`);
  const xattrs = keptXattrs(header.xattrs);
  return {
    path: header.path,
    type: header.type,
    // Linux ignores a symlink's mode, and archives disagree about it.
    mode: header.type === 'symlink' ? 0o777 : header.mode,
    uid: header.uid,
    gid: header.gid,
    ...(header.type === 'file' && sha256 !== undefined ? { size: header.size, sha256 } : {}),
    ...(header.target === undefined ? {} : { target: header.target }),
    ...(header.device === undefined ? {} : { device: header.device }),
    ...(xattrs === undefined ? {} : { xattrs }),
  };
}

/** The header that writes an entry back; `mtime` in whole seconds. */
export function headerOf(entry: TreeEntry, mtime: number): TarHeader {
  const { sha256: _sha256, size, ...rest } = entry;
  return { ...rest, size: size ?? 0, mtime };
}

/** One line of the manifest: two entries are the same when their lines are. */
export function entryLine(entry: TreeEntry): string {
  return JSON.stringify(entry);
}

/** The order of a manifest: by UTF-16 code units, in which a folder comes before what is in it. */
export function byPath(a: TreeEntry, b: TreeEntry): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function keptXattrs(xattrs: TarHeader['xattrs']): TreeEntry['xattrs'] {
  const kept = Object.entries(xattrs ?? {}).filter(([name]) => KEPT_XATTRS.has(name));
  return kept.length === 0 ? undefined : Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}
