import type { Reporter } from '../core/events.ts';
import { redactAll } from '../core/redaction.ts';
import type { Display } from './display.ts';

/** A reporter that never learns of a secret: what it cuts to a line's width would be known by nobody any more. */
export function redactedReporter(reporter: Reporter): Reporter {
  return { emit: (event) => reporter.emit(redactAll(event)), close: () => reporter.close() };
}

/** The same for a display. */
export function redactedDisplay(display: Display): Display {
  return {
    ...redactedReporter(display),
    say: (message) => display.say(redactAll(message)),
    progress: (what, percent) => display.progress(redactAll(what), percent),
    fault: (error, log) => display.fault(redactAll(error), log),
    suspend: (work) => display.suspend(work),
    abandon: () => display.abandon(),
  };
}
