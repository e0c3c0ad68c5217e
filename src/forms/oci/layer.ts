import type { TarInput } from '../../core/tar/member.ts';
import { memberLength, TAR_END } from '../../core/tar/writer.ts';
import type { Tree } from '../../tree/capture.ts';
import { type Member, membersOf } from '../../tree/members.ts';

type Delta = Pick<Tree, 'changed' | 'removed' | 'spool'>;

/**
 * What lies over the base, as the members of an OCI layer: everything sorted by path, one hardlinked file
 * written once, and a whiteout `.wh.NAME` for each path that is gone (image-spec, layer.md).
 *
 * @param epoch seconds since 1970, the time of the whiteouts
 */
export function* layerMembers({ changed, removed, spool }: Delta, epoch: number): Generator<TarInput> {
  const whiteouts = removed.map((path) => whiteout(path, epoch));
  // `changed` is sorted, so that the first path of a hardlinked file is the one that carries its content.
  for (const { header, content } of [...membersOf(changed), ...whiteouts].sort(byHeaderPath)) {
    yield content === undefined ? header : { ...header, body: spool.read(content) };
  }
}

/** Bytes of the layer's archive, known before any of it is written. */
export function layerLength(delta: Delta, epoch: number): number {
  let length = TAR_END.length;
  for (const { body: _body, ...header } of layerMembers(delta, epoch)) length += memberLength(header);
  return length;
}

function whiteout(path: string, epoch: number): Member {
  const slash = path.lastIndexOf('/') + 1;
  const marker = `${path.slice(0, slash)}.wh.${path.slice(slash)}`;
  return { header: { path: marker, type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: epoch } };
}

function byHeaderPath(a: Member, b: Member): number {
  return a.header.path < b.header.path ? -1 : 1;
}
