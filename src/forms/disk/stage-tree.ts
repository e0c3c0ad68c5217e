import { mkdir } from 'node:fs/promises';
import { ByteQueue } from '../../core/tar/byte-queue.ts';
import type { TarHeader, TarInput } from '../../core/tar/member.ts';
import { writeTar } from '../../core/tar/writer.ts';
import { hostTool } from '../../disks/host-tool.ts';
import type { Tree } from '../../tree/capture.ts';
import { type Member, membersOf } from '../../tree/members.ts';

type WholeTree = Pick<Tree, 'whole' | 'spool'>;

/** Bytes that are handed to tar at once: most headers and bodies are far smaller. */
const PIECE = 512 * 1024;

/**
 * Writes a tree's files into a folder as whoever runs this: owners, modes, times and attributes are set when they are
 * on the disk, so that the host's root and any other user stage the same. Devices are left out for the same reason.
 */
export async function stageTree(
  folder: string,
  tree: WholeTree,
  besides: readonly TarInput[],
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const argv = ['--extract', '--file=-', '--blocking-factor=512', '--touch', '--no-same-owner'];
  const as = ['--preserve-permissions', '--no-acls', '--no-selinux', '--no-xattrs', `--directory=${folder}`];
  await hostTool('tar', [...argv, ...as], {
    signal,
    input: inPieces(writeTar(stagedMembers(tree, besides))),
  });
}

/** What a staged tree takes: its files' bytes, and a page for each name. */
export function stagedBytes({ bytes, whole = [] }: Pick<Tree, 'bytes' | 'whole'>): number {
  return bytes + whole.length * 4096;
}

/** All without content, then files in the order in which they lie in the spool, so that it is read from end to end. */
async function* stagedMembers(
  { whole = [], spool }: WholeTree,
  besides: readonly TarInput[],
): AsyncGenerator<TarInput> {
  const members = membersOf(whole).filter(({ header }) => header.device === undefined);
  const files = members.filter(hasContent).sort((a, b) => a.content.offset - b.content.offset);
  const isLink = ({ header }: Member) => header.type === 'hardlink';
  for (const one of members) if (!hasContent(one) && !isLink(one)) yield staged(one.header);
  const [first, last] = [files[0]?.content, files.at(-1)?.content];
  if (first !== undefined && last !== undefined) {
    const size = last.offset + last.size - first.offset;
    const bytes = new ByteQueue(spool.read({ offset: first.offset, size }));
    let at = first.offset;
    for (const { header, content } of files) {
      await bytes.skip(content.offset - at);
      yield { ...staged(header), body: take(bytes, content.size) };
      at = content.offset + content.size;
    }
  }
  for (const one of members) if (isLink(one)) yield staged(one.header);
  yield* besides;
}

function hasContent(one: Member): one is Member & Required<Pick<Member, 'content'>> {
  return one.content !== undefined;
}

function staged({ xattrs: _xattrs, ...header }: TarHeader): TarHeader {
  return { ...header, mode: header.type === 'directory' ? 0o755 : 0o644, uid: 0, gid: 0 };
}

async function* take(bytes: ByteQueue, size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; ) {
    const piece = await bytes.some(left);
    left -= piece.length;
    yield piece;
  }
}

async function* inPieces(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    waiting.push(piece);
    length += piece.length;
    if (length < PIECE) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    length = 0;
  }
  yield Buffer.concat(waiting);
}
