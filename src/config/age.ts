import { z } from 'zod';
import { Fault } from '../core/fault.ts';
import { short } from './printable.ts';

const MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const AGE = /^(\d+(?:\.\d+)?)(s|m|h|d)$/;
const AGE_UNITS = 'needs a unit: s, m, h or d, as in 30m, 12h, 30d';
const TOO_LONG = 'is longer than can be counted';

/**
 * How long ago something was, in a file: text with a unit, read as milliseconds. Unlike a `duration` nothing waits for
 * it, so that it has days and no timer's limit.
 */
export const age = z
  .string({ error: ({ input }) => (typeof input === 'number' ? AGE_UNITS : undefined) })
  .regex(AGE, AGE_UNITS)
  .transform(inMs)
  .refine((ms) => Number.isSafeInteger(ms), TOO_LONG)
  .refine((ms) => ms > 0, 'must be longer than nothing');

/** The same on a command line; throws USAGE. */
export function parseAge(text: string): number {
  const parsed = age.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Fault('USAGE', `\`${short(text)}\` ${parsed.error.issues[0]?.message}`);
}

function inMs(text: string): number {
  const [, amount, unit] = AGE.exec(text) ?? [];
  return Math.round(Number(amount) * MS[unit as keyof typeof MS]);
}
