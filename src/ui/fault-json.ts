import { Fault } from '../core/fault.ts';

/** A failure as programs read it; a bug has the code `BUG` and its stack as details. */
export interface FaultJson {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details: readonly string[];
}

/** Any thrown value as programs read it. */
export function faultJson(error: unknown): FaultJson {
  if (error instanceof Fault) {
    const { code, message, hint, details } = error;
    return hint === undefined ? { code, message, details } : { code, message, hint, details };
  }
  return { code: 'BUG', message: describe(error), details: stackOf(error) };
}

/** One line for a thrown value that is no fault. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Where it was thrown, with its causes; empty for what is no Error. */
export function stackOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause =
    error.cause === undefined ? [] : [`caused by ${describe(error.cause)}`, ...stackOf(error.cause)];
  return [...own, ...cause];
}
