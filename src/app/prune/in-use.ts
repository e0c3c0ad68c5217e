/**
 * Images that living bakes and exports of this host work from, and why: the one place where a prune learns of them.
 * Nothing is written down of them yet, so there is none: a bake's base is kept as the newest of its template only.
 */
export async function imagesInUse(): Promise<ReadonlyMap<string, string>> {
  return new Map();
}
