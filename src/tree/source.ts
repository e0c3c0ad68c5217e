import type { TarMember } from '../core/tar/member.ts';

/** A file tree that can be read as a stream, in an order in which a folder comes before what is in it. */
export interface TreeSource {
  /** Members as the platform gives them. Each call reads anew. */
  read(signal: AbortSignal): AsyncIterable<TarMember>;
  /**
   * Paths that may differ from the base, where the platform knows: the content of these is kept while reading.
   * A hint that saves a second reading; what differs without being named is found all the same.
   */
  readonly touched?: ReadonlySet<string>;
}
