import { Fault } from '../../core/fault.ts';
import { sleep } from '../../core/wait.ts';
import { isNotFound } from './aws-errors.ts';

/** How often something is asked, and for how long, in milliseconds. */
export interface Pace {
  /** The first pause; each later one is half as long again, up to `longest`. */
  readonly first: number;
  readonly longest: number;
  readonly within: number;
}

/** What AWS forgets for a while after it was made: see "Eventual consistency in the Amazon EC2 API". */
export const CONSISTENT: Pace = { first: 500, longest: 5000, within: 60_000 };

/**
 * Asks until there is an answer; `TIMEOUT` names what was waited for. Pauses grow, and are shortened by up to a half at
 * random, so that many who wait do not ask at once ("Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  pace: Pace,
  signal: AbortSignal,
): Promise<T> {
  const paused = pausing(pace, signal);
  do {
    const answer = await ask();
    if (answer !== undefined) return answer;
  } while (await paused());
  throw new Fault('TIMEOUT', `${what}: not within ${Math.round(pace.within / 1000)} s`);
}

/** Asks again while AWS does not know yet of what was just made; its last answer is thrown at the deadline. */
export async function onceKnown<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  pace: Pace = CONSISTENT,
): Promise<T> {
  return await again(isNotFound, ask, pace, signal);
}

/** Asks again as long as the error is one that passes; the last one is thrown at the deadline. */
export async function again<T>(
  passes: (error: unknown) => boolean,
  ask: () => Promise<T>,
  pace: Pace,
  signal: AbortSignal,
): Promise<T> {
  const paused = pausing(pace, signal);
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!passes(error) || !(await paused())) throw error;
    }
  }
}

/** Each call is the pause before one more try; false once the time is over. */
function pausing({ first, longest, within }: Pace, signal: AbortSignal): () => Promise<boolean> {
  const end = performance.now() + within;
  let pause = first;
  return async () => {
    const left = end - performance.now();
    if (left <= 0) return false;
    await sleep(Math.min(left, pause * (1 - Math.random() / 2)), signal);
    pause = Math.min(longest, pause * 1.5);
    return true;
  };
}

/** Passes over that there was no answer in time. */
export function ifLate(error: unknown): undefined {
  if (!(error instanceof Fault) || error.code !== 'TIMEOUT') throw error;
}

/** How often a long wait is told of. */
export const TELL_MS = 300_000;

/** Each call gives the whole minutes since the wait began when it is time to tell of it, first after `first` ms; else nothing. */
export function tellingOf(first: number, every: number): () => number | undefined {
  const began = performance.now();
  let due = began + first;
  return () => {
    const now = performance.now();
    if (now < due) return undefined;
    due = now + every;
    return Math.round((now - began) / 60_000);
  };
}
