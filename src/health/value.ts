import { show } from './show.ts';

/** A value as a machine shows it, or as it is written in a `matching` check. */
export type Value = string | number | boolean | null | readonly Value[] | ValueMap;

/** By key. */
export interface ValueMap {
  readonly [key: string]: Value;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isMap(value: Value): value is ValueMap {
  return value !== null && typeof value === 'object' && !isList(value);
}

/** As Go prints it, which goss matches on; a list is its lines. */
export function asText(actual: Value): string {
  return isList(actual) ? actual.map(goText).join('\n') : goText(actual);
}

function goText(value: Value): string {
  if (value === null) return '<nil>';
  if (isList(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isMap(value)) return String(value);
  const entries = Object.keys(value).sort();
  return `map[${entries.map((key) => `${key}:${goText(value[key] ?? null)}`).join(' ')}]`;
}

/** Throws an Error for what is no number. */
export function asNumber(actual: Value): number {
  const isText = !isList(actual) || actual.every((element) => typeof element === 'string');
  const text = typeof actual !== 'boolean' && isText ? asText(actual).trim() : '';
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new Error(`${show(actual)} is no number`);
  return Number(text);
}

/** A text is a list of its lines, a map one of its values; throws an Error for what is none of these. */
export function asList(actual: Value): readonly Value[] {
  return typeof actual === 'string' ? actual.split('\n') : listOf(actual);
}

/** As goss has it, without the lines: throws an Error for a text, too. */
export function listOf(actual: Value): readonly Value[] {
  if (isList(actual)) return actual;
  if (isMap(actual)) return Object.values(actual);
  throw new Error(`${show(actual)} is no list`);
}

/** Elements of a list or a map, bytes of a text, as in goss; throws an Error for what has no length. */
export function lengthOf(actual: Value): number {
  if (typeof actual === 'string') return Buffer.byteLength(actual);
  if (isList(actual) || isMap(actual)) return listOf(actual).length;
  throw new Error(`${show(actual)} has no length`);
}
