import { imagesInUse as usesOf } from '../../core/ledger-runs.ts';

/** Images that living bakes, exports and launches of a `$KILN_HOME` work from, and why: by their ledgers. */
export async function imagesInUse(home: string): Promise<ReadonlyMap<string, string>> {
  return new Map((await usesOf(home)).map(({ image, what }) => [image, `the ${what} works from it`]));
}
