import { cleanLine } from '../clean-line.ts';
import { formatDuration } from '../duration.ts';
import { type Colour, type Paint, plain } from '../paint.ts';
import { formatTable } from '../table.ts';
import { truncateText } from '../text-width.ts';
import type { CheckView, ResultView } from './view.ts';

const MARKS: Readonly<Record<ResultView['outcome'], readonly [string, Colour]>> = {
  passed: ['✔', 'green'],
  failed: ['✗', 'red'],
  unsupported: ['?', 'yellow'],
  skipped: ['↓', 'yellow'],
};

const SUBJECT_COLUMNS = 60;
/** What is expected and what is; all of it stands with what failed. */
const VALUE_COLUMNS = 36;

const HEADING = ['', 'CHECK', 'ATTRIBUTE', 'EXPECTED', 'ACTUAL', 'WAITED', 'ROUNDS'];
const SIDES = ['left', 'left', 'left', 'left', 'left', 'right', 'right'] as const;

/** A table with a line for each attribute, what explains those that failed, and the verdict. */
export function checkLines(view: CheckView, failures: readonly string[], paint: Paint = plain): string[] {
  const { results } = view;
  const [heading = '', ...rows] = formatTable(HEADING, results.map(cells), SIDES);
  const table = rows.map((row, index) => painted(row, results[index], paint));
  return [
    ...(results.length === 0 ? [] : [heading, ...table, '']),
    ...failures.map(cleanLine),
    ...(failures.length === 0 ? [] : ['']),
    verdict(view, paint),
  ];
}

function cells(result: ResultView): string[] {
  const { check, attribute, outcome, expected, actual, waited, attempts } = result;
  return [
    MARKS[outcome][0],
    truncateText(cleanLine(check), SUBJECT_COLUMNS),
    attribute,
    truncateText(cleanLine(expected), VALUE_COLUMNS),
    truncateText(cleanLine(actual), VALUE_COLUMNS),
    waited === undefined ? '' : formatDuration(waited),
    attempts === undefined ? '' : String(attempts),
  ];
}

function painted(row: string, result: ResultView | undefined, paint: Paint): string {
  if (result === undefined) return row;
  const [mark, colour] = MARKS[result.outcome];
  return paint(colour, mark) + row.slice(mark.length);
}

/** `✔ web@7 (oci) is healthy: 12 passed, 1 skipped in 4.1 s` */
function verdict({ image, form, healthy, reason, results, waited }: CheckView, paint: Paint): string {
  const counts = (Object.keys(MARKS) as ResultView['outcome'][]).flatMap((outcome) => {
    const count = results.filter((result) => result.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome}`];
  });
  const said = counts.length === 0 ? 'there are no checks' : counts.join(', ');
  const what = `${image} (${form}) is ${healthy ? 'healthy' : 'not healthy'}: ${said} in ${formatDuration(waited)}`;
  const why = reason === undefined ? '' : `; ${reason}`;
  return `${healthy ? paint('green', '✔') : paint('red', '✗')} ${cleanLine(`${what}${why}`)}`;
}
