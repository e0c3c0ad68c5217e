import type { Place } from './data-problem.ts';
import type { DataFile } from './hierarchy.ts';
import { kindOf } from './value-kind.ts';

/** Where a value was written: a path of the whole file's value, in the file that is the `index`th of the hierarchy. */
export interface Origin {
  readonly index: number;
  readonly data: DataFile;
  readonly path: readonly PropertyKey[];
}

/** A value of which every part knows where it was written. Maps are Maps, so that no key is a special one. */
export type Traced =
  | { readonly kind: 'scalar'; readonly value: unknown; readonly from: Origin }
  | { readonly kind: 'list'; readonly items: readonly Traced[]; readonly from: Origin }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Traced>; readonly from: Origin };

/** Traces a file's value; scalars go through `change` first. */
export function trace(
  value: unknown,
  from: Origin,
  change: (value: unknown, from: Origin) => unknown,
): Traced {
  const inner = (segment: PropertyKey, part: unknown) =>
    trace(part, { ...from, path: [...from.path, segment] }, change);
  switch (kindOf(value)) {
    case 'list':
      return { kind: 'list', items: (value as unknown[]).map((item, index) => inner(index, item)), from };
    case 'map': {
      const entries = Object.entries(value as object).map(([key, part]) => [key, inner(key, part)] as const);
      return { kind: 'map', entries: new Map(entries), from };
    }
    default:
      return { kind: 'scalar', value: change(value, from), from };
  }
}

/** The plain value. */
export function plainOf(traced: Traced): unknown {
  switch (traced.kind) {
    case 'scalar':
      return traced.value;
    case 'list':
      return traced.items.map(plainOf);
    case 'map':
      // fromEntries defines each key, where an assignment to `__proto__` would do something else
      return Object.fromEntries([...traced.entries].map(([key, part]) => [key, plainOf(part)]));
  }
}

/** A part that holds no other, and its path in the whole. */
export interface Leaf {
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
  readonly from: Origin;
}

/** All parts that hold no other; an empty list or map is one. */
export function leavesOf(traced: Traced, path: readonly PropertyKey[] = []): Leaf[] {
  const parts: readonly (readonly [PropertyKey, Traced])[] =
    traced.kind === 'list'
      ? traced.items.map((item, index) => [index, item])
      : traced.kind === 'map'
        ? [...traced.entries]
        : [];
  if (parts.length === 0) return [{ path, value: plainOf(traced), from: traced.from }];
  return parts.flatMap(([segment, part]) => leavesOf(part, [...path, segment]));
}

/** The part that a path leads to; nothing when there is none, or `blocked` by a part that holds no others. */
export function dig(
  traced: Traced,
  path: readonly string[],
): Traced | { readonly blocked: Traced } | undefined {
  let part: Traced | undefined = traced;
  for (const segment of path) {
    if (part === undefined) return undefined;
    if (part.kind === 'scalar') return { blocked: part };
    if (part.kind === 'map') part = part.entries.get(segment);
    else if (/^\d+$/.test(segment)) part = part.items[Number(segment)];
    else return { blocked: part };
  }
  return part;
}

/** The place that a value was written at. */
export function placeOf({ data, path }: Origin, target?: 'value' | 'key'): Place {
  const { line, column } = data.positionOf(path, target);
  return { file: data.file, line, column };
}
