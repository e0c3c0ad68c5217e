import { joinKey } from '../../environments/data-key.ts';
import type { DataProblem, Place } from '../../environments/data-problem.ts';
import type { Hierarchy, LookupContext } from '../../environments/hierarchy.ts';
import { knownKeys, type Lookup, lookups } from '../../environments/lookup.ts';
import { readLevels } from '../../environments/read-levels.ts';
import { kindOf } from '../../environments/value-kind.ts';

/** A value as the levels make it, and where it is written. */
export interface SettledKey {
  readonly value: unknown;
  readonly place: Place;
}

/** Everything that a hierarchy has for one who asks, declared or not; of a map each part by its own key, `db.host`. */
export async function dataOf(
  hierarchy: Hierarchy,
  asker: LookupContext,
  signal: AbortSignal,
): Promise<{ readonly values: ReadonlyMap<string, SettledKey>; readonly problems: readonly DataProblem[] }> {
  const levels = await readLevels(hierarchy, asker, signal);
  const look = lookups(levels);
  const looked = knownKeys(levels).map((key) => look(joinKey([key])));
  return {
    values: new Map(looked.flatMap(partsOf)),
    problems: [...levels.problems, ...looked.flatMap(({ problems }) => problems)],
  };
}

function partsOf({ key, result }: Lookup): (readonly [string, SettledKey])[] {
  if (result === undefined) return [];
  const placeOf = (part: string) =>
    result.parts.find((one) => one.key === part || one.key.startsWith(`${part}.`))?.place ?? result.place;
  return withoutMaps(key, result.value).map(([part, value]) => [part, { value, place: placeOf(part) }]);
}

/** A map as its parts, down to what is no map or an empty one; a list stays whole. */
function withoutMaps(key: string, value: unknown): [string, unknown][] {
  const parts = kindOf(value) === 'map' ? Object.entries(value as object) : [];
  if (parts.length === 0) return [[key, value]];
  return parts.flatMap(([segment, part]) => withoutMaps(`${key}.${joinKey([segment])}`, part));
}
