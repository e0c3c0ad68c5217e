import { show } from './show.ts';

/** A value as a machine shows it. */
export type Value = string | number | boolean | readonly string[];

/** A list is its lines. */
export function asText(actual: Value): string {
  return typeof actual === 'object' ? actual.join('\n') : String(actual);
}

/** Throws an Error for what is no number. */
export function asNumber(actual: Value): number {
  const text = asText(actual).trim();
  const number = text === '' || typeof actual === 'boolean' ? Number.NaN : Number(text);
  if (Number.isNaN(number)) throw new Error(`${show(actual)} is no number`);
  return number;
}

/** A text is a list of its lines. */
export function asList(actual: Value): readonly string[] {
  return typeof actual === 'object' ? actual : asText(actual).split('\n');
}

/** Elements of a list, bytes of a text, as in goss; throws an Error for what has no length. */
export function lengthOf(actual: Value): number {
  if (typeof actual === 'object') return actual.length;
  if (typeof actual === 'string') return Buffer.byteLength(actual);
  throw new Error(`${show(actual)} has no length`);
}
