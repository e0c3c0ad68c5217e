import { Fault } from '../core/fault.ts';

/** How long the cleanup may take after a bug outside of the verb, which may be what the verb waits for. */
const CLEANUP_AFTER_BUG_MS = 60_000;

/** Bugs outside of what the verb waits for. */
export interface BugWatch {
  first(): Error | undefined;
  /** Resolves when there was a bug and the verb does not end by itself. */
  readonly givenUp: Promise<undefined>;
}

/** Aborts the verb, so that it cleans up, at what nobody caught, and when it waits for what cannot come. */
export function watchForBugs(controller: AbortController): BugWatch {
  const { signal } = controller;
  let bug: Error | undefined;
  let giveUp = (_: undefined) => {};
  const givenUp = new Promise<undefined>((resolve) => {
    giveUp = resolve;
  });

  function found(error: Error): void {
    if (bug !== undefined) return;
    bug = error;
    controller.abort(error);
    setTimeout(giveUp, CLEANUP_AFTER_BUG_MS, undefined).unref();
    onIdle(() => giveUp(undefined));
  }

  function uncaught(thrown: unknown): void {
    if (!(signal.aborted && (thrown === signal.reason || isAbortError(thrown)))) found(asBug(thrown));
  }

  // a rejection that nobody handles comes here too
  process.on('uncaughtException', uncaught);
  onIdle(() => found(new Error('nothing is left to wait for, but the verb has not ended')));
  return { first: () => bug, givenUp };
}

/** Whatever nobody caught is a bug, a fault too. */
function asBug(thrown: unknown): Error {
  if (thrown instanceof Error && !(thrown instanceof Fault)) return thrown;
  return new Error('a failure was not handled', { cause: thrown });
}

/** What an aborted call of Node or a library throws. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Calls back when nothing is left that this process waits for; it would end otherwise. */
function onIdle(callback: () => void): void {
  // Node ends after beforeExit unless that gave it something to do, and a settled promise is nothing
  process.once('beforeExit', () => setImmediate(callback));
}
