import { cleanLine } from './clean-line.ts';
import { formatDuration } from './duration.ts';
import { formatTable } from './table.ts';

/** Launches as `launch history` shows them. */
export interface HistoryView {
  readonly launches: readonly {
    readonly at: string;
    readonly by: string;
    readonly action: string;
    readonly image: string;
    readonly previous?: string;
    readonly reason?: string;
    readonly overridden?: readonly string[];
    readonly result: string;
    readonly message?: string;
    readonly ms?: number;
  }[];
  readonly damaged: number;
}

/** One line for each launch, the newest last; under it what was overridden and why, or how it failed. */
export function historyLines({ launches, damaged }: HistoryView): string[] {
  if (launches.length === 0 && damaged === 0) return ['nothing was launched here yet'];
  const heading = ['WHEN', 'WHO', 'WHAT', 'IMAGE', 'BEFORE', 'RESULT', 'TOOK'];
  const rows = launches.map(({ at, by, action, image, previous, result, ms }) => [
    `${at.slice(0, 19).replace('T', ' ')}Z`,
    by,
    action,
    image,
    previous ?? '',
    result,
    ms === undefined ? '' : formatDuration(ms),
  ]);
  const [first = '', ...lines] = launches.length === 0 ? [] : formatTable(heading, rows);
  return [
    ...(first === '' ? [] : [first]),
    ...lines.flatMap((line, index) => [cleanLine(line), ...remarks(launches[index])]),
    ...(damaged === 0 ? [] : [`✗ ${damaged} ${damaged === 1 ? 'line' : 'lines'} of it cannot be read`]),
  ];
}

function remarks(launch: HistoryView['launches'][number] | undefined): string[] {
  const { overridden = [], reason, message } = launch ?? {};
  return [
    ...overridden.map((refusal) => `    overridden: ${refusal}`),
    ...(reason === undefined ? [] : [`    because: ${reason}`]),
    ...(message === undefined ? [] : [`    ${message}`]),
  ].map(cleanLine);
}
