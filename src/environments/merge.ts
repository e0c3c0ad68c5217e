import { canonicalJson } from '../core/digest.ts';
import { plainOf, type Traced } from './traced.ts';

/** How the values of a key are made one; Hiera's words. */
export const STRATEGIES = ['first', 'unique', 'hash', 'deep'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** At least one value, the highest first. */
export type Found = readonly [Traced, ...Traced[]];

/**
 * Makes one value of those of a key, as Hiera 5 does (puppet.com/docs/puppet/7/hiera_merging.html):
 *
 * - `first`: the highest.
 * - `unique`: all of them as one flat list, the highest first, each value once.
 * - `hash`: one map; of a key that several have, the highest value, whole.
 * - `deep`: the same, where maps in it are merged too; lists become one, the lowest first, each value once.
 *
 * Keys of merged maps stand in the order in which they come from the lowest up.
 */
export function merge(strategy: Strategy, found: Found): Traced {
  const [highest, ...lower] = found;
  switch (strategy) {
    case 'first':
      return highest;
    case 'unique':
      return { kind: 'list', items: unique(found.flatMap(flat)), from: highest.from };
    case 'hash':
      return lower.reduce((high, low) => mergeMaps(high, low, (winner) => winner), highest);
    case 'deep':
      return lower.reduce(mergeDeep, highest);
  }
}

function mergeDeep(high: Traced, low: Traced): Traced {
  if (high.kind === 'list' && low.kind === 'list')
    return { kind: 'list', items: unique([...low.items, ...high.items]), from: high.from };
  return mergeMaps(high, low, mergeDeep);
}

function mergeMaps(high: Traced, low: Traced, both: (high: Traced, low: Traced) => Traced): Traced {
  if (high.kind !== 'map' || low.kind !== 'map') return high;
  const entries = new Map(low.entries);
  for (const [key, part] of high.entries) {
    const under = low.entries.get(key);
    entries.set(key, under === undefined ? part : both(part, under));
  }
  return { kind: 'map', entries, from: high.from };
}

function flat(traced: Traced): readonly Traced[] {
  return traced.kind === 'list' ? traced.items.flatMap(flat) : [traced];
}

/** The first of equal values stays. */
function unique(items: readonly Traced[]): Traced[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const text = canonicalJson(plainOf(item));
    return !seen.has(text) && seen.add(text);
  });
}
