import { cleanLines } from './clean-line.ts';
import type { Display } from './display.ts';
import { type LiveBake, updateBakes } from './live-bakes.ts';
import { type Drawing, startDrawing } from './live-drawing.ts';
import { liveLines } from './live-lines.ts';
import type { Paint } from './paint.ts';
import { progressText } from './progress-text.ts';
import { renderFault } from './render-fault.ts';
import { truncateText } from './text-width.ts';

/** Progress on a terminal: a block of live lines, one group for each image. */
export function ttyReporter(output: NodeJS.WriteStream, paint: Paint): Display {
  const bakes = new Map<string, LiveBake>();
  const messages: string[] = [];
  /** Images whose end stands on the terminal already. */
  const told = new Set<string>();
  let drawing: Drawing | undefined;
  let progress: string | undefined;
  let suspended = false;
  let closed = false;

  function write(lines: readonly string[]): void {
    output.write(lines.map((line) => `${line}\n`).join(''));
  }

  function draw(): void {
    if (closed || suspended) return;
    drawing ??= startDrawing(output, (spinner, rows) => {
      const frame = { now: Date.now(), columns: (output.columns ?? 80) - 1, rows, spinner, paint };
      const bakesLeft = [...bakes.values()].filter(({ image }) => !told.has(image));
      const doing = progress === undefined ? [] : [truncateText(`${spinner} ${progress}`, frame.columns)];
      return [...liveLines(bakesLeft, messages, frame), ...doing];
    });
  }

  function stop(): void {
    // Of what went on nothing stays on the terminal: its end is told by the answer.
    progress = undefined;
    drawing?.end();
    drawing = undefined;
    for (const [image, bake] of bakes) if (bake.state !== 'running') told.add(image);
    messages.splice(0);
  }

  return {
    emit(event) {
      if (event.type === 'run-started') told.delete(event.image);
      updateBakes(bakes, event, Date.now());
      draw();
    },
    say(message) {
      if (drawing === undefined) write(cleanLines(message));
      else messages.push(...cleanLines(message));
    },
    progress(what, percent) {
      progress = progressText(what, percent);
      draw();
    },
    fault(error, log) {
      stop();
      write(renderFault(error, log === undefined ? { paint } : { paint, log }));
    },
    async suspend(work) {
      stop();
      suspended = true;
      try {
        return await work();
      } finally {
        suspended = false;
        if (told.size < bakes.size) draw();
      }
    },
    abandon() {
      closed = true;
      stop();
    },
    async close() {
      closed = true;
      stop();
    },
  };
}
