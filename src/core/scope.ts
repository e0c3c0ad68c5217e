import { type Intent, type Intention, UNRECORDED } from './intention.ts';
import type { Ledger } from './ledger.ts';

/** What one cleanup came to. */
export interface CleanupOutcome {
  readonly label: string;
  readonly state: 'removed' | 'kept' | 'failed';
  readonly error?: unknown;
  /** The command that a person can run to remove it by hand. */
  readonly remedy?: string;
  /** What was done, where that is something else than a removal. */
  readonly done?: string;
}

interface Cleanup {
  readonly label: string;
  readonly remedy: string | undefined;
  readonly done: string | undefined;
  readonly run: (signal: AbortSignal) => Promise<unknown>;
}

const CLEANUP_DEADLINE_MS = 30_000;

/**
 * Owns what one piece of work has made outside this process, and removes it newest first.
 *
 * Register a cleanup on the line after the thing's id exists, before any other await. A cleanup gets a
 * signal of its own with a deadline, never the aborted one of the work. All of them run; what fails is
 * collected in the outcomes and does not hide the error that ended the work.
 */
export class Scope implements AsyncDisposable {
  #cleanups: Cleanup[] = [];
  #kept = false;
  #closing: Promise<CleanupOutcome[]> | undefined;
  #closed = false;
  readonly #onOutcome: (outcome: CleanupOutcome) => void;
  readonly #deadlineMs: number;
  readonly #ledger: Ledger | undefined;

  /** With a ledger, which ends with the scope, what is intended is found again when this process is killed. */
  constructor(
    onOutcome: (outcome: CleanupOutcome) => void = () => {},
    deadlineMs: number = CLEANUP_DEADLINE_MS,
    ledger?: Ledger,
  ) {
    this.#onOutcome = onOutcome;
    this.#deadlineMs = deadlineMs;
    this.#ledger = ledger;
    open.add(this);
  }

  /** Whether what is intended is written down: else nobody needs to find out how it is found again. */
  get recorded(): boolean {
    return this.#ledger !== undefined;
  }

  /** Says what is about to be made outside this process, on the line before the call that makes it. */
  intend(intention: Intention): Intent {
    return this.#ledger?.intend(intention) ?? UNRECORDED;
  }

  /**
   * Registers a cleanup; the returned function takes it off again, for what has been handed on. `done` is what is told
   * when it has worked, where nothing is removed but something put back.
   */
  defer(
    label: string,
    run: (signal: AbortSignal) => Promise<unknown>,
    remedy?: string,
    done?: string,
  ): () => void {
    if (this.#closed) throw new Error(`${label}: its scope has closed, and nothing would remove it`);
    const cleanup = { label, run, remedy, done };
    this.#cleanups.push(cleanup);
    return () => this.#forget(cleanup);
  }

  /** From now on nothing is removed: closing only reports what is left, and how to remove it. */
  keep(): void {
    this.#kept = true;
  }

  /** What would be left behind if the process ended now. */
  pending(): CleanupOutcome[] {
    return this.#cleanups.map(({ label, remedy }) => outcome(label, 'kept', remedy)).reverse();
  }

  /** Runs every cleanup, newest first, once; a second call waits for the first. */
  close(): Promise<CleanupOutcome[]> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<CleanupOutcome[]> {
    const outcomes: CleanupOutcome[] = [];
    for (let next = this.#cleanups.at(-1); next !== undefined; next = this.#cleanups.at(-1)) {
      const result = this.#kept
        ? outcome(next.label, 'kept', next.remedy)
        : await runCleanup(next, this.#deadlineMs);
      // Not simply the last: others may have come or gone while it ran.
      this.#forget(next);
      outcomes.push(result);
      this.#onOutcome(result);
    }
    this.#closed = true;
    open.delete(this);
    this.#ledger?.end(outcomes.some(({ state }) => state !== 'removed'));
    return outcomes;
  }

  #forget(cleanup: Cleanup): void {
    this.#cleanups = this.#cleanups.filter((other) => other !== cleanup);
  }
}

const open = new Set<Scope>();

/** What every scope that is still open in this process would leave behind: for the exit that does not wait. */
export function everythingPending(): CleanupOutcome[] {
  return [...open].flatMap((scope) => scope.pending());
}

async function runCleanup(
  { label, run, remedy, done }: Cleanup,
  deadlineMs: number,
): Promise<CleanupOutcome> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  // One that takes no notice of its signal must not keep the others waiting.
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      controller.abort(new Error(`not done within ${deadlineMs / 1000} s`));
      reject(controller.signal.reason);
    }, deadlineMs);
  });
  try {
    await Promise.race([run(controller.signal), late]);
    return { ...outcome(label, 'removed', undefined), ...(done === undefined ? {} : { done }) };
  } catch (error) {
    return { ...outcome(label, 'failed', remedy), error };
  } finally {
    clearTimeout(timer);
  }
}

function outcome(label: string, state: CleanupOutcome['state'], remedy: string | undefined): CleanupOutcome {
  return remedy === undefined ? { label, state } : { label, state, remedy };
}
