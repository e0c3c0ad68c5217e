import { NO_BODY } from '../core/tar/made.ts';
import type { TarHeader, TarMember } from '../core/tar/member.ts';
import { decodeName } from '../core/tar/name.ts';
import type { Answers } from './answers.ts';
import { type Debugfs, type ExtVolume, startDebugfs } from './debugfs.ts';
import { type InodeStatus, readStatus } from './inode-status.ts';
import { type VolumePath, walkVolume } from './walk-volume.ts';

const TYPE = 0o170000;
const TYPES = new Map<number, Exclude<TarHeader['type'], 'hardlink'>>([
  [0o040000, 'directory'],
  [0o100000, 'file'],
  [0o120000, 'symlink'],
  [0o020000, 'character'],
  [0o060000, 'block'],
  [0o010000, 'fifo'],
]);
/** Bytes of an inode that a shorter symlink lies in (ext4's `i_block`). */
const IN_INODE = 60;

/**
 * The file tree of an ext2, ext3 or ext4 file system, as a stream: one debugfs tells names and attributes, another one
 * contents, each with all its commands before it, so that nobody waits for an answer to ask on.
 */
export async function* readVolume(volume: ExtVolume, signal: AbortSignal): AsyncGenerator<TarMember> {
  await using attributes = startDebugfs(volume, false, signal);
  await using contents = startDebugfs(volume, true, signal);
  let asked: Debugfs = attributes;
  try {
    const paths = (await walkVolume(attributes)).filter(({ mode }) => TYPES.has(mode & TYPE));
    const first = firstPaths(paths);
    const inodes = paths.filter(({ path, inode }) => first.get(inode) === path);
    attributes.ask(inodes.map(({ inode }) => `stat <${inode}>\n`).join(''));
    attributes.noMore();
    contents.ask(
      inodes
        .filter(hasContent)
        .map(({ inode }) => `cat <${inode}>\n`)
        .join(''),
    );
    contents.noMore();
    for (const found of paths) {
      const carrier = first.get(found.inode);
      if (carrier !== found.path) {
        yield {
          ...headerOf(found, { mtime: 0 }),
          type: 'hardlink',
          target: carrier ?? '',
          size: 0,
          body: NO_BODY,
        };
        continue;
      }
      asked = attributes;
      const header = headerOf(found, await readStatus(attributes.answers, found.inode, found.size));
      asked = contents;
      if (!hasContent(found)) {
        yield { ...header, body: NO_BODY };
        continue;
      }
      await expectEcho(contents.answers, found.inode);
      if (header.type === 'symlink') {
        const target = decodeName(await contents.answers.take(found.size));
        yield { ...header, target, body: NO_BODY };
        continue;
      }
      const body = new Content(contents.answers, found.size);
      yield { ...header, body };
      await body.leave();
    }
    asked = contents;
    if ((await contents.answers.peek()) !== undefined) throw new Error('more was answered than asked');
  } catch (error) {
    throw await asked.failure(error);
  }
}

/** The path of each inode that carries what is in it; folders have one name. */
function firstPaths(paths: readonly VolumePath[]): Map<number, string> {
  const first = new Map<number, string>();
  for (const { inode, path } of paths) if (!first.has(inode)) first.set(inode, path);
  return first;
}

function hasContent({ mode, size }: VolumePath): boolean {
  const type = TYPES.get(mode & TYPE);
  return (type === 'file' && size > 0) || (type === 'symlink' && size >= IN_INODE);
}

function headerOf({ path, mode, uid, gid, size }: VolumePath, status: InodeStatus): TarHeader {
  const type = TYPES.get(mode & TYPE) ?? 'file';
  const { mtime, target, device, capability } = status;
  return {
    path,
    type,
    mode: mode & 0o7777,
    uid,
    gid,
    size: type === 'file' ? size : 0,
    mtime,
    ...(target === undefined ? {} : { target: decodeName(target) }),
    ...(device === undefined ? {} : { device }),
    ...(capability === undefined ? {} : { xattrs: { 'security.capability': capability } }),
  };
}

async function expectEcho(answers: Answers, inode: number): Promise<void> {
  const echo = await answers.line();
  if (echo !== `debugfs: cat <${inode}>`)
    throw new Error(`inode ${inode} was asked for, and the answer is: ${echo}`);
}

/** A file's bytes, as many as it says that it has. */
class Content implements AsyncIterable<Buffer> {
  readonly #answers: Answers;
  #left: number;

  constructor(answers: Answers, size: number) {
    this.#answers = answers;
    this.#left = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    while (this.#left > 0) yield await this.#next();
  }

  async leave(): Promise<void> {
    while (this.#left > 0) await this.#next();
  }

  async #next(): Promise<Buffer> {
    const piece = await this.#answers.some(this.#left);
    this.#left -= piece.length;
    return piece;
  }
}
