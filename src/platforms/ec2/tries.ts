import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { Fault } from '../../core/fault.ts';
import { isWithoutEffect } from './aws-errors.ts';

/** A client of the SDK: of each service there is a class of its own. */
interface Client {
  readonly middlewareStack: {
    add(
      middleware: <I, O>(next: (input: I) => Promise<O>) => (input: I) => Promise<O>,
      options: { readonly name: string; readonly step: 'finalizeRequest'; readonly priority: 'low' },
    ): void;
  };
}

/** The tries of one call, as far as they have been answered. */
interface Tries {
  /** All so far were turned away, and none is on its way: nothing was made. */
  nothingMade: boolean;
  /** One has ended without an answer that says so. */
  lost: boolean;
  /** Called when it has turned out that nothing was made. */
  readonly onNothing: () => void;
}

/** Errors of calls of which every try was turned away. */
const fruitless = new WeakSet<object>();

const current = new AsyncLocalStorage<Tries>();

/**
 * Lets `untilAnswered` see the tries of a client's calls. The SDK tries again by itself and hears no abort between two;
 * this comes after all else that prepares a request, so within its retries, once for each try.
 */
export function watchTries<C extends Client>(client: C): C {
  client.middlewareStack.add(
    (next) => async (input) => {
      const tries = current.getStore();
      if (tries === undefined) return await next(input);
      tries.nothingMade = false;
      try {
        return await next(input);
      } catch (error) {
        tries.lost ||= !isWithoutEffect(error);
        tries.nothingMade = !tries.lost;
        tries.onNothing();
        throw error;
      }
    },
    { name: 'watchTries', step: 'finalizeRequest', priority: 'low' },
  );
  return client;
}

/**
 * Calls with a signal that passes an abort on only between two tries, when all so far were turned away: then nothing was
 * made, and no other try follows. Else the call comes to its answer first, so that what it made is known. What is thrown
 * tells `hasMadeNothing`.
 */
export async function untilAnswered<T>(
  call: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const given = new AbortController();
  const onNothing = () => {
    if (signal.aborted && tries.nothingMade) given.abort(signal.reason);
  };
  const tries: Tries = { nothingMade: false, lost: false, onNothing };
  // Many calls may be under way with the same one.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', onNothing, { once: true });
  try {
    return await current.run(tries, () => call(given.signal));
  } catch (error) {
    throw tries.nothingMade ? asFruitless(error, signal) : error;
  } finally {
    signal.removeEventListener('abort', onNothing);
  }
}

/** That nothing came of a call, as each of its tries was turned away: so there is nothing to look for. */
export function hasMadeNothing(error: unknown): boolean {
  const { cause } = error instanceof Fault ? error : { cause: undefined };
  return [error, cause].some((one) => one instanceof Error && fruitless.has(one));
}

/** The reason of an abort is one for all calls that it ends, of which others may have made something: an interrupt's is copied. */
function asFruitless(error: unknown, { reason }: AbortSignal): unknown {
  const isInterrupt = error instanceof Fault && error.code === 'INTERRUPTED';
  const own = isInterrupt ? new Fault(error.code, error.message) : error;
  if (own instanceof Error && own !== reason) fruitless.add(own);
  return own;
}
