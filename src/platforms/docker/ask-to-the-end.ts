import { Fault } from '../../core/fault.ts';
import { withDeadline } from '../../core/wait.ts';
import { ask } from './engine.ts';

const DEADLINE_MS = 30_000;

/**
 * Like `ask`, but a call that has begun is waited for, whatever is aborted meanwhile: for calls whose outcome the caller
 * has to know before it can undo them.
 */
export async function askToTheEnd<T>(what: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  using deadline = withDeadline(new AbortController().signal, DEADLINE_MS, () => tooLate(what));
  return await ask(what, deadline.signal, call);
}

function tooLate(what: string): Fault {
  return new Fault(
    'ENGINE_UNREACHABLE',
    `the Docker engine gave no answer in ${DEADLINE_MS / 1000} s: ${what}`,
    {
      hint: 'See whether it still runs with `bake doctor`.',
    },
  );
}
