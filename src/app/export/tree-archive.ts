import type { TarInput } from '../../core/tar/member.ts';
import { memberLength, TAR_END, writeTar } from '../../core/tar/writer.ts';
import type { Tree } from '../../tree/capture.ts';
import { membersOf } from '../../tree/members.ts';

/** A stream whose length is known before any of it is written. */
export interface Archive {
  readonly bytes: () => AsyncIterable<Uint8Array>;
  readonly length: number;
}

/**
 * A tree as a tar archive: sorted by path, owners by number, attributes as pax records. A tree's identity knows no times,
 * and its forms keep different ones, so that all are 0 here: equal trees are equal archives, whichever form they are read from.
 */
export function treeArchive({ whole, spool }: Pick<Tree, 'whole' | 'spool'>): Archive {
  if (whole === undefined)
    throw new Error('an archive takes a whole tree, and this one has only what differs');
  const members = membersOf(whole).map(({ header, content }) => ({
    header: { ...header, mtime: 0 },
    content,
  }));
  function* inputs(): Generator<TarInput> {
    for (const { header, content } of members)
      yield content === undefined ? header : { ...header, body: spool.read(content) };
  }
  return {
    bytes: () => writeTar(inputs()),
    length: members.reduce((sum, { header }) => sum + memberLength(header), TAR_END.length),
  };
}
