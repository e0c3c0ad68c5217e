import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Event, Reporter } from '../core/events.ts';
import { redactAll } from '../core/redaction.ts';
import { redrawings } from './clean-line.ts';
import { cleanupText, enterText } from './cleanup-text.ts';
import { formatDuration } from './duration.ts';
import { renderFault } from './render-fault.ts';

/** Lines of one image's run that came before its log was open, or the log's descriptor. */
interface Run {
  waiting: string[];
  file: number | undefined;
}

/**
 * The full log of each run, at the path that its `run-started` names: every event with its time, and every line of
 * output, without any secret. Written line by line, so that nothing is missing after a kill. A log that cannot be written ends, and
 * `onTrouble` hears of it once; the bake goes on.
 */
export function logFile(options: { onTrouble: (message: string) => void; now?: () => Date }): Reporter {
  const { onTrouble, now = () => new Date() } = options;
  const runs = new Map<string, Run>();

  function guarded(run: Run, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (run.file !== undefined) closeSync(run.file);
      run.file = -1;
      onTrouble(`the log cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    emit(event) {
      const run = runs.get(event.image) ?? { waiting: [], file: undefined };
      runs.set(event.image, run);
      if (run.file === -1) return;
      const time = now().toISOString();
      run.waiting.push(...eventTexts(redactAll(event)).map((text) => `${time} ${text}\n`));
      guarded(run, () => {
        if (event.type === 'run-started') {
          mkdirSync(dirname(event.log), { recursive: true });
          run.file ??= openSync(event.log, 'a', 0o600);
        }
        if (run.file !== undefined) writeSync(run.file, run.waiting.splice(0).join(''));
      });
    },
    async close() {
      for (const { file } of runs.values()) if (file !== undefined && file !== -1) closeSync(file);
      runs.clear();
    },
  };
}

function eventTexts(event: Event): string[] {
  switch (event.type) {
    case 'run-started':
      return [`${event.kind} ${event.run} of ${event.image}`];
    case 'stage-started':
      return [`${event.stage}: started`];
    case 'stage-skipped':
      return [`${event.stage}: skipped: ${event.reason}`];
    case 'output':
      return redrawings(event.line).map((line) => `${event.stage} | ${line}`);
    case 'note':
      return event.message
        .split('\n')
        .flatMap(redrawings)
        .map((line) => `${event.stage}: note: ${line}`);
    case 'stage-done':
      return [`${event.stage}: done in ${formatDuration(event.ms)}`];
    case 'stage-failed':
      return event.message
        .split('\n')
        .flatMap(redrawings)
        .map(
          (line, index) =>
            `${event.stage}: ${index === 0 ? `failed after ${formatDuration(event.ms)}: ` : ''}${line}`,
        );
    case 'cleanup':
      return [cleanupText(event.outcome)];
    case 'run-done':
      return [`done: ${event.name} in ${formatDuration(event.ms)}`];
    case 'run-failed':
      return [...renderFault(event.error), ...(event.enter === undefined ? [] : [enterText(event.enter)])];
  }
}
