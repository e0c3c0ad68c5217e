import { rubyRegExp } from '../core/go-regexp.ts';
import type { DataProblem, Place } from './data-problem.ts';
import type { DataFile } from './hierarchy.ts';
import { STRATEGIES, type Strategy } from './merge.ts';
import type { ReadLevels } from './read-levels.ts';
import { kindOf } from './value-kind.ts';

/** The key under which files of data say how others are merged; it is no data itself. */
export const LOOKUP_OPTIONS = 'lookup_options';

/** How a key's values are made one, and who said so. */
export interface ChosenStrategy {
  readonly strategy: Strategy;
  /** Absent for Hiera's default, `first`. */
  readonly by?: Place & {
    /** The key, or the regular expression that matches it. */
    readonly pattern: string;
  };
}

export interface LookupOptions {
  strategyFor(key: string): ChosenStrategy;
  readonly problems: readonly DataProblem[];
}

interface Option {
  readonly pattern: string;
  readonly matches: (key: string) => boolean;
  readonly chosen: ChosenStrategy;
}

/**
 * Reads the `lookup_options` of all files. A key's own entry comes before any regular expression, then a higher file
 * before a lower one, then what stands first.
 */
export function readLookupOptions({ files }: ReadLevels): LookupOptions {
  const problems: DataProblem[] = [];
  const datas = [...new Set(files.flatMap(({ data }) => data ?? []))];
  const options = datas.flatMap((data) => optionsOf(data, problems));
  const ordered = [
    ...options.filter(({ pattern }) => !isRegExp(pattern)),
    ...options.filter(({ pattern }) => isRegExp(pattern)),
  ];
  return {
    strategyFor: (key) => ordered.find(({ matches }) => matches(key))?.chosen ?? { strategy: 'first' },
    problems,
  };
}

function isRegExp(pattern: string): boolean {
  return pattern.startsWith('^');
}

function optionsOf(data: DataFile, problems: DataProblem[]): Option[] {
  if (!Object.hasOwn(data.value, LOOKUP_OPTIONS)) return [];
  const value = data.value[LOOKUP_OPTIONS];
  const refuse = (path: readonly PropertyKey[], message: string, hint: string, target?: 'key') => {
    const position = data.positionOf([LOOKUP_OPTIONS, ...path], target);
    problems.push({ file: data.file, ...position, message, hint });
    return undefined;
  };
  if (kindOf(value) !== 'map') {
    refuse([], '`lookup_options` must be a map', 'as in `lookup_options: { servers: { merge: unique } }`');
    return [];
  }
  return Object.entries(value as object).flatMap(([pattern, option]) => {
    const matches = matcherOf(pattern, (message) =>
      refuse([pattern], message, 'a pattern starts with ^; other keys are taken as they are', 'key'),
    );
    const strategy = strategyOf(pattern, option, refuse);
    if (matches === undefined || strategy === undefined) return [];
    const position = data.positionOf([LOOKUP_OPTIONS, pattern], 'key');
    return [{ pattern, matches, chosen: { strategy, by: { file: data.file, ...position, pattern } } }];
  });
}

function matcherOf(pattern: string, refuse: (message: string) => undefined): Option['matches'] | undefined {
  if (!isRegExp(pattern)) return (key) => key === pattern;
  try {
    const expression = rubyRegExp(pattern);
    return (key) => expression.test(key);
  } catch (error) {
    return refuse(`\`${pattern}\` is not a regular expression: ${(error as Error).message}`);
  }
}

type Refuse = (path: readonly PropertyKey[], message: string, hint: string, target?: 'key') => undefined;

function strategyOf(pattern: string, option: unknown, refuse: Refuse): Strategy | undefined {
  const example = `as in \`${pattern}: { merge: deep }\``;
  if (kindOf(option) !== 'map')
    return refuse([pattern], `\`${pattern}\` must be a map with \`merge\``, example);
  for (const name of Object.keys(option as object)) {
    if (name === 'merge') continue;
    return refuse([pattern, name], `\`${name}\` is not supported`, `only \`merge\` is, ${example}`, 'key');
  }
  if (!Object.hasOwn(option as object, 'merge'))
    return refuse([pattern], `\`${pattern}\` has no \`merge\``, example);
  const { merge } = option as { merge: unknown };
  return kindOf(merge) === 'map'
    ? ofMap(pattern, merge as object, refuse)
    : named([pattern, 'merge'], merge, refuse);
}

function ofMap(pattern: string, merge: object, refuse: Refuse): Strategy | undefined {
  const path = [pattern, 'merge'];
  for (const name of Object.keys(merge)) {
    if (name === 'strategy') continue;
    return refuse([...path, name], `\`${name}\` is not supported`, 'only `strategy` is', 'key');
  }
  if (!Object.hasOwn(merge, 'strategy'))
    return refuse(path, '`merge` has no `strategy`', 'as in `merge: deep`');
  return named([...path, 'strategy'], (merge as { strategy: unknown }).strategy, refuse);
}

function named(path: readonly PropertyKey[], name: unknown, refuse: Refuse): Strategy | undefined {
  const strategy = STRATEGIES.find((one) => one === name);
  if (strategy !== undefined) return strategy;
  const shown = typeof name === 'string' ? `\`${name}\`` : 'this';
  return refuse(path, `${shown} is no way to merge`, `the ways are ${STRATEGIES.join(', ')}`);
}
