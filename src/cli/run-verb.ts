import { resolve } from 'node:path';
import { exitCodeOf, Fault } from '../core/fault.ts';
import { chooseReporter } from '../ui/choose-reporter.ts';
import { faultJson } from '../ui/fault-json.ts';
import type { Answer, CommonOptions, Failure, VerbContext } from './answer.ts';
import { hasTerminal, interactor } from './interact.ts';
import { allowReadersToLeave, printAnswer } from './print-answer.ts';
import { listenForSignals } from './signals.ts';

/** How long the cleanup may take after a bug outside of the verb, which may be what the verb waits for. */
const CLEANUP_AFTER_BUG_MS = 60_000;

/**
 * Runs one verb and ends the process: the answer goes to stdout, failures to stderr, and the exit code says which.
 *
 * With `--json`, stdout has one JSON value, `{error}` when there is no answer.
 */
export async function runVerb(
  options: CommonOptions,
  verb: (context: VerbContext) => Promise<Answer>,
): Promise<never> {
  allowReadersToLeave();
  const display = await chooseReporter(options.progress ?? 'auto', process.stderr, process.env);
  const controller = new AbortController();
  const { signal } = controller;
  const { interact, busy } = interactor(display, signal);
  listenForSignals({ controller, display, busy, exit: (code) => process.exit(code) });

  const bug = firstBug(signal);
  void bug.then((error) => controller.abort(error));
  const workspace = resolve(options.workspace ?? '.');
  const context = { workspace, signal, display, ...(hasTerminal() ? { interact } : {}) };
  const answered = answerOf(() => verb(context), signal);
  const answer = await Promise.race([answered, bug.then((error) => failedBy(error, answered))]);

  await display.close();
  const failures = [...(answer.failures ?? [])];
  try {
    await printAnswer(answer, options.json === true);
  } catch (error) {
    failures.push({ error });
  }
  for (const { error, log } of failures) display.fault(error, log);
  return process.exit(Math.max(answer.exitCode ?? 0, ...failures.map(({ error }) => exitCodeOf(error))));
}

/** The verb's answer, or one that is the error it threw. */
async function answerOf(verb: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  try {
    const answer = await verb();
    return { ...answer, failures: (answer.failures ?? []).map((failure) => reasoned(failure, signal)) };
  } catch (error) {
    return errorAnswer(reasoned({ error }, signal));
  }
}

/** What an abort made a library throw says less than why there was one. */
function reasoned(failure: Failure, signal: AbortSignal): Failure {
  const { error } = failure;
  return signal.aborted && isAbortError(error) ? { ...failure, error: signal.reason } : failure;
}

function errorAnswer(failure: Failure): Answer {
  return { lines: [], json: { error: faultJson(failure.error) }, failures: [failure] };
}

/** Resolves with what nobody caught, or with a verb that waits for something that cannot come. */
function firstBug(signal: AbortSignal): Promise<Error> {
  return new Promise((resolve) => {
    const uncaught = (thrown: unknown) => {
      const ofAbort = signal.aborted && (thrown === signal.reason || isAbortError(thrown));
      if (!ofAbort) resolve(asBug(thrown));
    };
    process.on('uncaughtException', uncaught);
    process.on('unhandledRejection', uncaught);
    process.once('beforeExit', () =>
      resolve(new Error('nothing is left to wait for, but the verb has not ended')),
    );
  });
}

/** Whatever nobody caught is a bug, a fault too. */
function asBug(thrown: unknown): Error {
  if (thrown instanceof Error && !(thrown instanceof Fault)) return thrown;
  return new Error('a failure was not handled', { cause: thrown });
}

function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** The bug as the answer, once the verb has cleaned up or the time for it is over. */
async function failedBy(error: unknown, cleanedUp: Promise<unknown>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, CLEANUP_AFTER_BUG_MS);
  });
  await Promise.race([cleanedUp, late]);
  clearTimeout(timer);
  return errorAnswer({ error });
}
