import { disagreements, tracedKind } from './agreement.ts';
import { joinKey, splitKey } from './data-key.ts';
import { type DataProblem, type Place, problemsInOrder } from './data-problem.ts';
import type { Hierarchy, LookupContext } from './hierarchy.ts';
import { interpolate } from './interpolate.ts';
import { type ChosenStrategy, LOOKUP_OPTIONS, readLookupOptions } from './lookup-options.ts';
import { merge } from './merge.ts';
import { type LevelFile, type ReadLevels, readLevels } from './read-levels.ts';
import { dig, leavesOf, placeOf, plainOf, type Traced, trace } from './traced.ts';
import { kindName, kindOf } from './value-kind.ts';

/** What a hierarchy says about a key, and why. */
export interface Lookup {
  readonly key: string;
  readonly strategy: ChosenStrategy;
  /** Every path of every level, highest first. */
  readonly files: readonly LookedAt[];
  /** Absent when no file has the key. */
  readonly result?: {
    readonly value: unknown;
    /** Of a merged value, the highest part. */
    readonly place: Place;
    /** Every part of the value that holds no other: its key from the looked-up one on, and where it comes from. */
    readonly parts: readonly { readonly key: string; readonly value: unknown; readonly place: Place }[];
  };
  /** With problems, the result is what could be made all the same. */
  readonly problems: readonly DataProblem[];
}

/** What one file has to say. */
export interface LookedAt {
  readonly level: string;
  /** Interpolated, relative to the folder of `hiera.yaml`. */
  readonly path: string;
  /** `no part`: it has the key, but not what a dotted one asks for in it. */
  readonly outcome: 'no file' | 'no key' | 'no part' | 'won' | 'merged' | 'lost';
  /** As people are shown it, whether it is there or not. */
  readonly file: string;
  readonly value?: unknown;
  readonly place?: Place;
}

/** Looks a key up as Hiera 5 does, `db.host` and `'with.dot'.host` too; `USAGE` for what is no key. */
export async function lookup(
  hierarchy: Hierarchy,
  key: string,
  context: LookupContext,
  signal: AbortSignal,
): Promise<Lookup> {
  splitKey(key);
  return lookups(await readLevels(hierarchy, context, signal))(key);
}

/** Looks keys up in files that were read. */
export function lookups(levels: ReadLevels): (key: string) => Lookup {
  const options = readLookupOptions(levels);
  const general = [...levels.problems, ...options.problems];
  return (key) => {
    const [root, ...rest] = splitKey(key);
    const problems: DataProblem[] = [...general];
    const found = levels.files.flatMap((_file, index) => tracedValue(levels, index, root, problems));
    const values = found.filter((traced) => tracedKind(traced) !== 'null');
    const strategy = options.strategyFor(root);
    problems.push(...disagreements(root, values, strategy));
    const [highest, ...lower] = values;
    const whole = highest === undefined ? undefined : merge(strategy.strategy, [highest, ...lower]);
    const part = whole === undefined ? undefined : digOrTell(whole, rest, key, problems);
    const givers = new Set(part === undefined ? [] : leavesOf(part).map(({ from }) => from.index));
    const files = levels.files.map((file, index) => {
      const own = found.find(({ from }) => from.index === index);
      return lookedAt(file, own, rest, givers);
    });
    const looked = { key, strategy, files, problems: problemsInOrder(problems) };
    return part === undefined ? looked : { ...looked, result: resultOf(key, part) };
  };
}

/** Every key that any of the files has, sorted. */
export function knownKeys({ files }: ReadLevels): string[] {
  const keys = new Set(files.flatMap(({ data }) => Object.keys(data?.value ?? {})));
  keys.delete(LOOKUP_OPTIONS);
  return [...keys].sort();
}

/** What a file has under a key, its strings interpolated; all that is wrong with it goes to `problems`. */
function tracedValue(
  { files, context }: ReadLevels,
  index: number,
  root: string,
  problems: DataProblem[],
): Traced[] {
  const data = files[index]?.data;
  if (data === undefined || root === LOOKUP_OPTIONS || !Object.hasOwn(data.value, root)) return [];
  const traced = trace(data.value[root], { index, data, path: [root] }, (value, from) => {
    if (kindOf(value) === 'other')
      problems.push({ ...placeOf(from), message: `\`${joinKey(from.path)}\` is ${kindName('other')}` });
    if (typeof value !== 'string') return value;
    const { text, problem } = interpolate(value, context);
    if (problem !== undefined) problems.push({ ...placeOf(from), ...problem });
    return text;
  });
  if (tracedKind(traced) === 'null') {
    const hint = 'give it one, or take the key out';
    problems.push({ ...placeOf(traced.from), message: `\`${root}\` has no value`, hint });
  }
  return [traced];
}

function digOrTell(
  whole: Traced,
  rest: readonly string[],
  key: string,
  problems: DataProblem[],
): Traced | undefined {
  const part = dig(whole, rest);
  if (part === undefined || !('blocked' in part)) return part;
  const { from } = part.blocked;
  const kind = kindName(tracedKind(part.blocked));
  problems.push({
    ...placeOf(from),
    message: `\`${joinKey(from.path)}\` is ${kind}, so there is no \`${key}\``,
  });
  return undefined;
}

function lookedAt(
  { level, path, file, data }: LevelFile,
  traced: Traced | undefined,
  rest: readonly string[],
  givers: ReadonlySet<number>,
): LookedAt {
  if (data === undefined) return { level, path, file, outcome: 'no file' };
  if (traced === undefined) return { level, path, file, outcome: 'no key' };
  const own = dig(traced, rest);
  const part = own === undefined || 'blocked' in own ? undefined : own;
  const gives = givers.has(traced.from.index);
  if (part === undefined && !gives)
    return { level, path, file, outcome: 'no part', place: placeOf(traced.from, 'key') };
  const shown = part ?? traced;
  const outcome = !gives ? 'lost' : givers.size === 1 ? 'won' : 'merged';
  return { level, path, file, outcome, value: plainOf(shown), place: placeOf(shown.from) };
}

function resultOf(key: string, result: Traced): NonNullable<Lookup['result']> {
  const parts = leavesOf(result).map(({ path, value, from }) => ({
    key: path.length === 0 ? key : `${key}.${joinKey(path)}`,
    value,
    place: placeOf(from),
  }));
  return { value: plainOf(result), place: placeOf(result.from), parts };
}
