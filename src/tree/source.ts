import type { TarMember } from '../core/tar/member.ts';

/** A file tree that can be read as a stream, in an order in which a folder comes before what is in it. */
export interface TreeSource {
  /** Members as the platform gives them. Each call reads anew. */
  read(signal: AbortSignal): AsyncIterable<TarMember>;
}
