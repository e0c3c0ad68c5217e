import { joinKey } from './data-key.ts';
import { type DataProblem, placeText } from './data-problem.ts';
import type { ChosenStrategy } from './lookup-options.ts';
import { placeOf, type Traced } from './traced.ts';
import { kindName, kindOf, type ValueKind } from './value-kind.ts';

/** How many levels of maps a strategy merges, and so how deep what is merged must agree. */
const DEPTH = { first: 0, unique: 0, hash: 1, deep: Number.POSITIVE_INFINITY } as const;

/**
 * What keeps a key's values from being merged: types that differ between levels, whichever wins, and those that the
 * strategy cannot take.
 */
export function disagreements(key: string, found: readonly Traced[], chosen: ChosenStrategy): DataProblem[] {
  const { strategy } = chosen;
  if (strategy === 'unique')
    return refused(key, found, chosen, (kind) => kind !== 'map', 'lists and single values');
  if (strategy === 'hash') {
    const problems = refused(key, found, chosen, (kind) => kind === 'map', 'maps');
    if (problems.length > 0) return problems;
  }
  return differences([key], found, DEPTH[strategy]);
}

/** The kind of a traced value. */
export function tracedKind(traced: Traced): ValueKind {
  return traced.kind === 'scalar' ? kindOf(traced.value) : traced.kind;
}

function refused(
  key: string,
  found: readonly Traced[],
  { strategy, by }: ChosenStrategy,
  takes: (kind: ValueKind) => boolean,
  what: string,
): DataProblem[] {
  const where = by === undefined ? '' : `, as ${placeText(by)} says`;
  return found
    .filter((traced) => !takes(tracedKind(traced)))
    .map((traced) => ({
      ...placeOf(traced.from),
      message: `\`${key}\` is ${kindName(tracedKind(traced))}, and is merged by \`${strategy}\`${where}`,
      hint: `\`${strategy}\` takes ${what}`,
    }));
}

/** The highest value says what a key is; one problem for each other that is something else. */
function differences(path: readonly string[], found: readonly Traced[], depth: number): DataProblem[] {
  const [first, ...lower] = found;
  if (first === undefined || lower.length === 0) return [];
  const kind = tracedKind(first);
  const others = lower.filter((traced) => tracedKind(traced) !== kind);
  if (others.length > 0) {
    return others.map((other) => ({
      ...placeOf(first.from),
      message: `\`${joinKey(path)}\` is ${kindName(kind)} here and ${kindName(tracedKind(other))} in ${placeText(placeOf(other.from))}`,
      hint: 'a key has the same type on every level',
    }));
  }
  if (depth === 0) return [];
  const maps = found.flatMap((traced) => (traced.kind === 'map' ? [traced.entries] : []));
  const keys = new Set(maps.flatMap((entries) => [...entries.keys()]));
  return [...keys].flatMap((key) => {
    const parts = maps.flatMap((entries) => entries.get(key) ?? []);
    return differences([...path, key], parts, depth - 1);
  });
}
