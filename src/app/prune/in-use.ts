/**
 * Images that living bakes and exports of this host work from, and why: the one place where a prune learns of them.
 * Nothing is written down of them yet, so it is none: what a bake is based on is kept as the newest of its template.
 */
export async function imagesInUse(): Promise<ReadonlyMap<string, string>> {
  return new Map();
}
