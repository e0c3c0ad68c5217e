import { formatDuration, formatSeconds } from './duration.ts';
import type { LiveBake, LiveStage, LiveState } from './live-bakes.ts';
import { type Colour, type Paint, plain } from './paint.ts';
import { textWidth, truncateText, wrapText } from './text-width.ts';

/** The room that the live lines have, and the moment they show. */
export interface LiveFrame {
  readonly now: number;
  readonly columns: number;
  /** At most so many lines; Infinity for the last drawing, which may scroll. */
  readonly rows: number;
  /** What stands before something that runs. */
  readonly spinner: string;
  readonly paint?: Paint;
}

interface Detail {
  /** Stages that are over stand in one row instead of one line each. */
  readonly fold: 'none' | 'finished bakes' | 'finished stages';
  readonly output: boolean;
}

const STAGE_COLUMNS = 8;
/** `59 min 59 s` */
const TIME_COLUMNS = 11;

const DETAILS: readonly Detail[] = [
  { fold: 'none', output: true },
  { fold: 'finished bakes', output: true },
  { fold: 'finished stages', output: true },
  { fold: 'finished stages', output: false },
];

/** All bakes as lines no wider than the terminal, as detailed as its height allows. */
export function liveLines(
  bakes: Iterable<LiveBake>,
  messages: readonly string[],
  frame: LiveFrame,
): string[] {
  const all = [...bakes];
  let lines: string[] = [];
  for (const detail of DETAILS) {
    lines = [
      ...all.flatMap((bake) => bakeLines(bake, detail, frame)),
      ...messages.flatMap((message) => wrapText(message, frame.columns)),
    ];
    if (lines.length <= frame.rows) return lines;
  }
  return lines.slice(-frame.rows);
}

function bakeLines(bake: LiveBake, detail: Detail, frame: LiveFrame): string[] {
  const over = bake.state !== 'running';
  const folded = detail.fold === 'finished stages' || (detail.fold === 'finished bakes' && over);
  const shown = folded
    ? bake.stages.filter(({ state }) => state === 'running' || state === 'failed')
    : bake.stages;
  const row = folded ? bake.stages.filter(({ state }) => state === 'done') : [];
  const troubled = bake.stages.some(({ state }) => state === 'failed');
  const time = formatDuration(over ? bake.ms : frame.now - bake.startedAt);
  return [
    spread(bake.state, bake.name || bake.image, time, 'bold', frame),
    ...(row.length === 0 ? [] : [finishedRow(row, frame)]),
    ...shown.flatMap((stage) => stageLines(stage, detail, frame)),
    ...bake.cleanups
      .filter(({ removed }) => troubled || !removed)
      .flatMap(({ text }) => hanging('    ', text, frame)),
  ];
}

function stageLines(stage: LiveStage, detail: Detail, frame: LiveFrame): string[] {
  const ms = stage.state === 'running' ? frame.now - stage.startedAt : stage.ms;
  const time = stage.state === 'skipped' ? 'skipped' : formatDuration(ms);
  const showsOutput = detail.output && stage.lastLine !== '' && stage.state === 'running';
  return [
    stageLine(stage, time, frame),
    ...stage.notes.flatMap((note) => hanging('      ', note, frame)),
    ...(showsOutput ? [dimmed(`      ${stage.lastLine}`, frame)] : []),
  ];
}

/** `  ✔ converge  28.4 s`, with the message of what failed or was skipped. */
function stageLine(stage: LiveStage, time: string, frame: LiveFrame): string {
  const paint = frame.paint ?? plain;
  const head = `${stage.stage.padEnd(STAGE_COLUMNS)} ${time.padStart(TIME_COLUMNS)}`;
  const room = frame.columns - 4 - textWidth(head) - 2;
  const message = stage.message === '' || room < 8 ? '' : truncateText(stage.message, room);
  const shownHead = truncateText(head, frame.columns - 4);
  return `  ${icon(stage.state, frame)} ${shownHead}${message === '' ? '' : `  ${paint(stage.state === 'failed' ? 'red' : 'dim', message)}`}`;
}

/** `⠋ web       32.1 s`: the times of all bakes stand in the column of the stages' times. */
function spread(state: LiveState, title: string, time: string, colour: Colour, frame: LiveFrame): string {
  const paint = frame.paint ?? plain;
  const shown = truncateText(title, frame.columns - 4 - time.length);
  const gap = ' '.repeat(Math.max(2, STAGE_COLUMNS + TIME_COLUMNS + 3 - textWidth(shown) - time.length));
  return `${icon(state, frame)} ${paint(colour, shown)}${gap}${time}`;
}

function finishedRow(stages: readonly LiveStage[], frame: LiveFrame): string {
  return dimmed(`    ${stages.map(({ stage, ms }) => `${stage} ${formatSeconds(ms)}`).join(' · ')}`, frame);
}

/** Text that must be read whole: wrapped, each line after the indentation. */
function hanging(indent: string, text: string, frame: LiveFrame): string[] {
  return wrapText(text, Math.max(frame.columns - indent.length, 20)).map((line) => indent + line);
}

function dimmed(text: string, frame: LiveFrame): string {
  return (frame.paint ?? plain)('dim', truncateText(text, frame.columns));
}

function icon(state: LiveState, frame: LiveFrame): string {
  const paint = frame.paint ?? plain;
  switch (state) {
    case 'running':
      return paint('cyan', frame.spinner);
    case 'done':
      return paint('green', '✔');
    case 'failed':
      return paint('red', '✗');
    case 'skipped':
      return paint('yellow', '↓');
  }
}
