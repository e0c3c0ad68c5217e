import { Fault } from '../core/fault.ts';
import { everythingPending } from '../core/scope.ts';
import { cleanupText } from '../ui/cleanup-text.ts';
import type { Display } from '../ui/display.ts';

/** npm passes a Ctrl-C on that we got from the terminal already: what comes so soon is the same one. */
const SAME_INTERRUPT_MS = 500;

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that the verb cleans up; a second SIGINT ends the
 * process at once and says what is left.
 */
export function listenForSignals(options: {
  readonly controller: AbortController;
  readonly display: Display;
  /** While it is true, Ctrl-C belongs to the program that has the terminal. */
  readonly busy: () => boolean;
  readonly exit: (code: number) => never;
}): void {
  const { controller, display, busy, exit } = options;
  let firstAt: number | undefined;

  function onSignal(name: NodeJS.Signals): void {
    if (name === 'SIGINT' && busy()) return;
    if (firstAt === undefined) {
      firstAt = performance.now();
      display.say('interrupted: cleaning up (Ctrl-C again leaves at once)');
      controller.abort(new Fault('INTERRUPTED', `interrupted by ${name}`));
    } else if (name === 'SIGINT' && performance.now() - firstAt > SAME_INTERRUPT_MS) {
      leaveAtOnce();
    }
  }

  function leaveAtOnce(): never {
    display.abandon();
    const left = everythingPending();
    display.say(
      left.length === 0 ? 'left at once; nothing stays behind' : 'left at once; this stays behind:',
    );
    for (const outcome of left) display.say(`  ${cleanupText(outcome)}`);
    return exit(130);
  }

  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
}
