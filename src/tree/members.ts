import type { TarHeader } from '../core/tar/member.ts';
import type { ChangedEntry } from './delta.ts';
import { headerOf } from './entry.ts';
import type { Extent } from './spool.ts';

/** What an archive says of one path, and where its content lies in the spool. */
export interface Member {
  readonly header: TarHeader;
  readonly content?: Extent;
}

/**
 * Paths as members of an archive, in their order: those that share a file's content are hardlinks to the first of them,
 * so that it is written once.
 */
export function membersOf(entries: readonly ChangedEntry[]): Member[] {
  const carriers = new Map<number, ChangedEntry>();
  return entries.map((one) => memberOf(one, carriers));
}

function memberOf(one: ChangedEntry, carriers: Map<number, ChangedEntry>): Member {
  const header = headerOf(one.entry, one.mtime);
  const { content } = one;
  if (content === undefined || content.size === 0) return { header };
  const carrier = carriers.get(content.offset);
  if (carrier !== undefined) {
    return { header: { ...header, type: 'hardlink', target: carrier.entry.path, size: 0 } };
  }
  carriers.set(content.offset, one);
  return { header, content };
}
