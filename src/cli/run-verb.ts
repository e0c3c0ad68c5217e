import { resolve } from 'node:path';
import { exitCodeOf, Fault } from '../core/fault.ts';
import { chooseReporter } from '../ui/choose-reporter.ts';
import { faultJson } from '../ui/fault-json.ts';
import type { Answer, CommonOptions, Failure, VerbContext } from './answer.ts';
import { isAbortError, watchForBugs } from './bug-watch.ts';
import { hasTerminal, interactor } from './interact.ts';
import { allowReadersToLeave, printAnswer } from './print-answer.ts';
import { listenForSignals } from './signals.ts';

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

  const bugs = watchForBugs(controller);
  const workspace = resolve(options.workspace ?? '.');
  const context = { workspace, signal, display, ...(hasTerminal() ? { interact } : {}) };
  const ended = await Promise.race([answerOf(() => verb(context), signal), bugs.givenUp]);
  const bug = bugs.first();
  const answer = bug === undefined && ended !== undefined ? ended : errorAnswer({ error: bug });

  await display.close();
  const failures = [...(answer.failures ?? [])];
  try {
    await printAnswer(answer, options.json === true);
  } catch (error) {
    failures.push({ error });
  }
  // several images that one thing ended share its error
  const shown = new Set<unknown>();
  for (const { error, log } of failures) {
    if (!shown.has(error)) display.fault(error, log);
    shown.add(error);
  }
  return process.exit(Math.max(answer.exitCode ?? 0, ...failures.map(codeOf)));
}

/** A bug has its exit code whatever it comes with. */
function codeOf({ error, exitCode }: Failure): number {
  return error instanceof Fault && exitCode !== undefined ? exitCode : exitCodeOf(error);
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
