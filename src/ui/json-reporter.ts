import type { Event } from '../core/events.ts';
import type { CleanupOutcome } from '../core/scope.ts';
import type { Display, Output } from './display.ts';
import { faultJson } from './fault-json.ts';
import { jsonText } from './json-text.ts';
import { everySoOften } from './progress-text.ts';

const PROGRESS_MS = 1_000;

/** Progress for programs: one JSON object a line, the event's own fields after an ISO `time`. */
export function jsonReporter(output: Output, now: () => Date = () => new Date()): Display {
  const write = (fields: object) => output.write(`${jsonText({ time: now().toISOString(), ...fields })}\n`);
  const isDue = everySoOften(PROGRESS_MS, () => now().getTime());
  return {
    emit: (event) => write(eventFields(event)),
    say: (message) => write({ type: 'message', message }),
    progress(what, percent) {
      if (isDue()) write({ type: 'progress', what, percent: Math.floor(percent) });
    },
    fault: (error, log) =>
      write({ type: 'error', error: faultJson(error), ...(log === undefined ? {} : { log }) }),
    suspend: (work) => work(),
    abandon() {},
    async close() {},
  };
}

/** An event with its errors as data; an Error has no JSON of its own. */
export function eventFields(event: Event): object {
  if (event.type === 'run-failed') return { ...event, error: faultJson(event.error) };
  if (event.type === 'cleanup') return { ...event, outcome: outcomeFields(event.outcome) };
  return event;
}

function outcomeFields(outcome: CleanupOutcome): object {
  return outcome.error === undefined ? outcome : { ...outcome, error: faultJson(outcome.error) };
}
