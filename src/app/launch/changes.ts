import { canonicalJson } from '../../core/digest.ts';

/** One setting or value; a side that has none is left out. */
export interface Change<T = unknown> {
  readonly key: string;
  readonly before?: T;
  readonly after?: T;
}

/** What is not equal, by what counts of each side. */
export function changes<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  what: (side: T) => unknown = (side) => side,
): Change<T>[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [a, b] = [before.get(key), after.get(key)];
    if (a !== undefined && b !== undefined && canonicalJson(what(a)) === canonicalJson(what(b))) return [];
    return [{ key, ...(a === undefined ? {} : { before: a }), ...(b === undefined ? {} : { after: b }) }];
  });
}
