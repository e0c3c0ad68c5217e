import { Fault } from '../../core/fault.ts';
import { awsCode, isNotFound } from './aws-errors.ts';
import { again, type Pace } from './until.ts';

/** Long enough for a snapshot that was just started to be known everywhere. */
const PATIENT: Pace = { first: 500, longest: 10_000, within: 120_000 };

/**
 * Asks the EBS direct APIs again where the SDK does not: while a snapshot is not known yet, and when the account has too
 * many requests on their way at once. The last answer is thrown after two minutes.
 */
export async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return await again(passes, ask, PATIENT, signal);
}

function passes(error: unknown): boolean {
  const name = awsCode(error instanceof Fault ? error.cause : error);
  return isNotFound(error) || name === 'ConcurrentLimitExceededException';
}
