import { Fault } from '../../core/fault.ts';
import { sleep } from '../../core/wait.ts';
import { awsCode, isNotFound } from './aws-errors.ts';

/** Long enough for a snapshot that was just started to be known everywhere. */
const WITHIN_MS = 120_000;
const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/**
 * Asks the EBS direct APIs again where the SDK does not: while a snapshot is not known yet, and when the account has too
 * many requests on their way at once. The last answer is thrown after two minutes.
 */
export async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const end = performance.now() + WITHIN_MS;
  for (let pause = FIRST_MS; ; pause = Math.min(LONGEST_MS, pause * 1.5)) {
    try {
      return await ask();
    } catch (error) {
      const name = awsCode(error instanceof Fault ? error.cause : error);
      const passes = isNotFound(error) || name === 'ConcurrentLimitExceededException';
      if (!passes || performance.now() >= end) throw error;
    }
    await sleep(pause * (1 - Math.random() / 2), signal);
  }
}
