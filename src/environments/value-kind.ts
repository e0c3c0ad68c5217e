/** What data is made of. Integers are numbers; `other` is what JSON has no word for, as `.inf`. */
export type ValueKind = 'string' | 'number' | 'boolean' | 'list' | 'map' | 'null' | 'other';

/** The kind of a value as a YAML file gives it. */
export function kindOf(value: unknown): ValueKind {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as 'string' | 'boolean';
  if (typeof value === 'number') return Number.isFinite(value) ? 'number' : 'other';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'map' : 'other';
}

const NAMES: Record<ValueKind, string> = {
  string: 'a string',
  number: 'a number',
  boolean: 'a boolean',
  list: 'a list',
  map: 'a map',
  null: 'nothing',
  other: 'not a number that JSON has',
};

/** A kind as a sentence calls it: `a string`. */
export function kindName(kind: ValueKind): string {
  return NAMES[kind];
}
