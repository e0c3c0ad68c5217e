import { Readable } from 'node:stream';
import type { TarMember } from './member.ts';

/** The body of all that has none. */
export const NO_BODY: AsyncIterable<Buffer> = { async *[Symbol.asyncIterator]() {} };

/** Bytes as a member's body, to be read once. */
export function bodyOf(content: Buffer): AsyncIterable<Buffer> {
  return content.length === 0 ? NO_BODY : Readable.from([content]);
}

/** A file of root's that everybody may read; `mtime` in whole seconds since 1970, as of the others. */
export function madeFile(path: string, text: string, mtime: number): TarMember {
  const content = Buffer.from(text);
  return {
    ...rootOwned(path, mtime),
    type: 'file',
    mode: 0o644,
    size: content.length,
    body: bodyOf(content),
  };
}

/** A folder of root's. */
export function madeFolder(path: string, mtime: number): TarMember {
  return { ...rootOwned(path, mtime), type: 'directory', mode: 0o755 };
}

/** A symlink. */
export function madeLink(path: string, target: string, mtime: number): TarMember {
  return { ...rootOwned(path, mtime), type: 'symlink', mode: 0o777, target };
}

function rootOwned(path: string, mtime: number) {
  return { path, uid: 0, gid: 0, size: 0, mtime, body: NO_BODY };
}
