/** One member of a tar archive, byte-exact in what a file tree's identity needs. */
export interface TarHeader {
  /** Relative, without `./` and trailing slash; the root is ''. See `core/tar/name.ts` for bytes that are no UTF-8. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';
  /** Permission bits with setuid, setgid and sticky (0o7777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of the body; 0 for all but files. */
  readonly size: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
  /** Symlinks: what they say. Hardlinks: the path of the member that they share content with. */
  readonly target?: string;
  /** Major and minor; devices only. */
  readonly device?: readonly [number, number];
  /** Extended attributes, name to base64 of the value. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** A member as it is read: its body must be read or left before the next member is asked for. */
export interface TarMember extends TarHeader {
  readonly body: AsyncIterable<Buffer>;
}

/** A member to be written; only a file has a body, of exactly `size` bytes. */
export interface TarInput extends TarHeader {
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}
