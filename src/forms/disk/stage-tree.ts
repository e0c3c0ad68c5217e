import { mkdir } from 'node:fs/promises';
import type { TarInput } from '../../core/tar/member.ts';
import { writeTar } from '../../core/tar/writer.ts';
import { hostTool } from '../../disks/host-tool.ts';
import type { Tree } from '../../tree/capture.ts';
import { membersOf } from '../../tree/members.ts';

/**
 * Writes a tree's files into a folder as whoever runs this: owners, modes, times and attributes are set when they are
 * on the disk, so that the host's root and any other user stage the same. Devices are left out for the same reason.
 */
export async function stageTree(
  folder: string,
  tree: Pick<Tree, 'whole' | 'spool'>,
  besides: readonly TarInput[],
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const argv = ['--extract', '--file=-', '--blocking-factor=512', '--touch', '--no-same-owner'];
  const as = ['--preserve-permissions', '--no-acls', '--no-selinux', '--no-xattrs', `--directory=${folder}`];
  await hostTool('tar', [...argv, ...as], { signal, input: writeTar(stagedMembers(tree, besides)) });
}

function* stagedMembers(
  { whole, spool }: Pick<Tree, 'whole' | 'spool'>,
  besides: readonly TarInput[],
): Generator<TarInput> {
  if (whole === undefined) throw new Error('a disk takes a whole tree, and this one has only what differs');
  for (const { header, content } of membersOf(whole)) {
    if (header.type === 'character' || header.type === 'block') continue;
    const { xattrs: _xattrs, ...rest } = header;
    const mode = header.type === 'directory' ? 0o755 : 0o644;
    const staged = { ...rest, mode, uid: 0, gid: 0 };
    yield content === undefined ? staged : { ...staged, body: spool.read(content) };
  }
  yield* besides;
}
