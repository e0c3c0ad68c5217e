import { z } from 'zod';
import { Fault } from '../core/fault.ts';

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const BYTES = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const SIZE = /^(\d+(?:\.\d+)?)([KMGT])(?:iB)?$/;

/** The longest time a timer of Node can wait: 2^31 - 1 ms, a little under 25 days. */
const LONGEST_MS = 2 ** 31 - 1;

const DURATION_UNITS = 'needs a unit: ms, s, m or h, as in 500ms, 3s, 1.5m, 1h';
const SIZE_UNITS = 'needs a unit: K, M, G or T (powers of 1024), as in 512M, 4G, 1.5GiB';
const TOO_LONG = 'is longer than a timer can wait, which is 596h';
const TOO_LARGE = 'is more bytes than can be counted exactly';

/** Milliseconds of `500ms`, `3s`, `1.5m`, `1h`; throws USAGE for a text without a unit. */
export function parseDuration(text: string): number {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount === undefined) throw new Fault('USAGE', `\`${text}\` ${DURATION_UNITS}`);
  const ms = Math.round(Number(amount) * MS[unit as keyof typeof MS]);
  if (ms > LONGEST_MS) throw new Fault('USAGE', `\`${text}\` ${TOO_LONG}`);
  return ms;
}

/** The shortest text that `parseDuration` reads as exactly these whole milliseconds. */
export function formatDuration(ms: number): string {
  const unit = (['h', 'm', 's'] as const).find((name) => ms > 0 && ms % MS[name] === 0) ?? 'ms';
  return ms === 0 ? '0s' : `${ms / MS[unit]}${unit}`;
}

/** Bytes of `512M`, `4G`, `1.5GiB` (powers of 1024); throws USAGE for a text without a unit. */
export function parseSize(text: string): number {
  const [, amount, unit] = SIZE.exec(text) ?? [];
  if (amount === undefined) throw new Fault('USAGE', `\`${text}\` ${SIZE_UNITS}`);
  const bytes = Math.round(Number(amount) * BYTES[unit as keyof typeof BYTES]);
  if (!Number.isSafeInteger(bytes)) throw new Fault('USAGE', `\`${text}\` ${TOO_LARGE}`);
  return bytes;
}

/** A duration in a file: text with a unit, read as milliseconds; zero is allowed. */
export const duration = z
  .string({ error: bareNumber(DURATION_UNITS) })
  .regex(DURATION, { error: DURATION_UNITS, abort: true })
  .refine((text) => fits(() => parseDuration(text)), { error: TOO_LONG, abort: true })
  .transform(parseDuration);

/** A duration of at least one millisecond. */
export const positiveDuration = duration.refine((ms) => ms > 0, { error: 'must be longer than nothing' });

/** A size in a file: text with a unit, read as bytes; zero is refused. */
export const size = z
  .string({ error: bareNumber(SIZE_UNITS) })
  .regex(SIZE, { error: SIZE_UNITS, abort: true })
  .refine((text) => fits(() => parseSize(text)), { error: TOO_LARGE, abort: true })
  .transform(parseSize)
  .refine((bytes) => bytes > 0, { error: 'must be larger than nothing' });

function bareNumber(message: string) {
  return (issue: { input?: unknown }) => (typeof issue.input === 'number' ? message : undefined);
}

function fits(parse: () => number): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
