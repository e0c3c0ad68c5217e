import { inspect } from 'node:util';
import { Fault, type FaultCode } from '../../src/core/fault.ts';

/** What the error must be: a fault of this code, a message that matches, or a function that looks closer. */
export type Expectation<E extends Error> = { readonly code: FaultCode } | RegExp | ((error: E) => unknown);

/** Waits for a promise to fail as expected, and gives the error; one that is kept fails the test. */
export async function rejects<E extends Error = Fault>(
  promise: PromiseLike<unknown> | (() => unknown),
  expectation: Expectation<E>,
): Promise<E> {
  const error = (await thrownBy(promise)) as E;
  if (expectation instanceof RegExp) {
    if (!expectation.test(error.message)) throw unlike(`a message like ${expectation}`, error);
  } else if (typeof expectation === 'function') {
    if ((await expectation(error)) === false) throw unlike('an error for which the check is true', error);
  } else if (!(error instanceof Fault) || error.code !== expectation.code) {
    throw unlike(`a Fault ${expectation.code}`, error);
  }
  return error;
}

async function thrownBy(promise: PromiseLike<unknown> | (() => unknown)): Promise<unknown> {
  let value: unknown;
  try {
    value = await (typeof promise === 'function' ? promise() : promise);
  } catch (error) {
    return error;
  }
  throw new Error(`expected a failure, but it gave ${inspect(value)}`);
}

function unlike(wanted: string, actual: unknown): Error {
  return new Error(`expected ${wanted}, but it was: ${inspect(actual)}`, { cause: actual });
}
