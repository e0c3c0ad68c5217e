import { short } from '../../config/printable.ts';
import { Fault } from '../../core/fault.ts';

/** One of several machines that share the work of a night: the `index`-th, counted from 1, of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** A template, and the one whose image it starts from, where its base is an image of ours (`bake:`). */
export interface Derived {
  readonly name: string;
  readonly parent?: string;
}

/** Reads `2/3`, the second of three. Throws USAGE for anything that is no such place. */
export function parseShard(text: string): Shard {
  const [, index = 0, count = 0] = (/^([0-9]{1,4})\/([0-9]{1,4})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new Fault('USAGE', `\`${short(text)}\` is no shard`, {
    hint: 'Write which one, counted from 1, and how many there are: 1/3, 2/3 and 3/3 are the shards of three machines.',
  });
}

/**
 * The names of the templates that one machine bakes, sorted. Only the templates say which: every machine with the same
 * workspace comes to the same division, in which each template is in exactly one shard.
 *
 * Templates that a chain of bases joins stay together, since one that starts from another's image needs it on the same
 * machine. The largest groups are given out first, each to the shard that has the fewest templates by then.
 */
export function shardOf(templates: readonly Derived[], { index, count }: Shard): string[] {
  const loads = Array.from({ length: count }, (): string[] => []);
  for (const group of groupsOf(templates)) {
    const lightest = loads.reduce((best, load) => (load.length < best.length ? load : best));
    lightest.push(...group);
  }
  return (loads[index - 1] ?? []).sort();
}

/** The templates that bases join, directly or not: the largest groups first, equal ones by their first name. */
function groupsOf(templates: readonly Derived[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const { name } of templates) groups.set(name, [name]);
  for (const { name, parent } of templates) {
    const mine = groups.get(name);
    const theirs = parent === undefined ? undefined : groups.get(parent);
    // one that is not asked for is baked nowhere, so it joins nobody
    if (mine === undefined || theirs === undefined || mine === theirs) continue;
    for (const member of mine) {
      theirs.push(member);
      groups.set(member, theirs);
    }
  }
  const distinct = [...new Set(groups.values())].map((group) => group.sort());
  return distinct.sort((a, b) => b.length - a.length || ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
}
