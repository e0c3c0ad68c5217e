import type { Event } from '../core/events.ts';
import { cleanLine, cleanLines } from './clean-line.ts';
import { cleanupText, enterText } from './cleanup-text.ts';
import type { Display, Output } from './display.ts';
import { formatDuration } from './duration.ts';
import { type Paint, plain } from './paint.ts';
import { everySoOften, progressText } from './progress-text.ts';
import { renderFault } from './render-fault.ts';

const STAGE_WIDTH = 8;
const PROGRESS_MS = 3_000;

/** Progress as lines that only ever grow: for logs of other programs, pipes and dumb terminals. */
export function plainReporter(output: Output, paint: Paint = plain, now: () => number = Date.now): Display {
  const write = (lines: readonly string[]) => output.write(lines.map((line) => `${line}\n`).join(''));
  const isDue = everySoOften(PROGRESS_MS, now);
  return {
    emit: (event) => write(eventLines(event, paint)),
    say: (message) => write(cleanLines(message)),
    progress(what, percent) {
      if (isDue()) write([progressText(what, percent)]);
    },
    fault: (error, log) => write(renderFault(error, log === undefined ? { paint } : { paint, log })),
    suspend: (work) => work(),
    abandon() {},
    async close() {},
  };
}

function eventLines(event: Event, paint: Paint): string[] {
  const prefix = `${paint('bold', event.image)} ${('stage' in event ? event.stage : '').padEnd(STAGE_WIDTH)}`;
  return eventTexts(event, paint).map((text) => `${prefix}  ${text}`.trimEnd());
}

function eventTexts(event: Event, paint: Paint): string[] {
  switch (event.type) {
    case 'run-started':
      return [`${event.kind} ${event.run}, log: ${event.log}`];
    case 'stage-started':
      return ['…'];
    case 'stage-skipped':
      return [`skipped: ${event.reason}`];
    case 'output':
      return [`  ${paint('dim', cleanLine(event.line))}`];
    case 'note':
      return cleanLines(event.message).map((line, index) =>
        index === 0 ? `note: ${line}` : `      ${line}`,
      );
    case 'stage-done':
      return [`${paint('green', '✔')} ${formatDuration(event.ms)}`];
    case 'stage-failed': {
      const [first = '', ...rest] = cleanLines(event.message);
      return [
        `${paint('red', '✗')} ${formatDuration(event.ms)}  ${first}`,
        ...rest.map((line) => `  ${line}`),
      ];
    }
    case 'cleanup':
      return [cleanupText(event.outcome)];
    case 'run-done':
      return [`${paint('green', '✔')} ${event.name}`];
    case 'run-failed':
      return [
        `${paint('red', '✗')} failed, log: ${event.log}`,
        ...(event.enter === undefined ? [] : [enterText(event.enter)]),
      ];
  }
}
