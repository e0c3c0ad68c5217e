import type { Digest } from '../core/digest.ts';

/** Where a tree's content manifest lies, relative to `$KILN_HOME`: what a record says of it. */
export function manifestFile(digest: Digest): string {
  return `${folderOf(digest)}/manifest.ndjson.gz`;
}

/** Where the list of a tree's packages' files lies, relative to `$KILN_HOME`. */
export function packageFilesFile(digest: Digest): string {
  return `${folderOf(digest)}/packages.paths.gz`;
}

/** Without `sha256:`, because a colon parts paths on many a command line. */
function folderOf(digest: Digest): string {
  return `images/${digest.replace(/^sha256:/, '')}`;
}
