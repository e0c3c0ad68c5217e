import { formatBytes, formatGrowth } from '../bytes.ts';
import { cleanLine } from '../clean-line.ts';
import { formatDuration } from '../duration.ts';
import { launchLines } from '../launch-lines.ts';
import { type Colour, type Paint, plain } from '../paint.ts';
import { textWidth } from '../text-width.ts';
import {
  countedStates,
  type NightlyRow,
  type NightlyView,
  pruneTellings,
  tellings,
  workText,
} from './view.ts';

const MARKS: Readonly<Record<NightlyRow['state'], readonly [mark: string, colour: Colour]>> = {
  published: ['✔', 'green'],
  unchanged: ['=', 'dim'],
  failed: ['✗', 'red'],
  skipped: ['-', 'yellow'],
};

/** The report of a night on a terminal: each template with what is to be said of it, then all together. */
export function nightlyLines(view: NightlyView, paint: Paint = plain): string[] {
  const { templates, launch, prune, ms } = view;
  const width = Math.max(0, ...templates.map(({ template }) => textWidth(template)));
  const launched =
    launch === undefined
      ? []
      : launchLines(
          launch.images.map(({ error, ...image }) =>
            error === undefined ? image : { ...image, failure: error },
          ),
          paint,
        );
  return [
    ...templates.flatMap((row) => rowLines(row, width, paint)),
    `${countedStates(templates)} in ${formatDuration(ms)} (${workText(view)})`,
    ...(launch?.error === undefined ? launched : []),
    ...(prune === undefined ? [] : pruneTellings(prune).map(cleanLine)),
  ];
}

function rowLines(row: NightlyRow, width: number, paint: Paint): string[] {
  const { template, state, ms } = row;
  const [mark, colour] = MARKS[state];
  const name = template + ' '.repeat(width - textWidth(template));
  const took = ms === 0 ? '' : formatDuration(ms);
  const head = [`${paint(colour, mark)} ${name}`, state.padEnd(9), imageText(row), took];
  return [
    head
      .filter((part) => part !== '')
      .join('  ')
      .trimEnd(),
    ...tellings(row).map((line) => cleanLine(`    ${line}`)),
  ];
}

/** `web@8  279 MB (+3)` */
function imageText({ state, image, bytes, since }: NightlyRow): string {
  if (image === undefined || bytes === undefined) return '';
  if (state === 'unchanged') return image;
  const growth = since === undefined ? '' : ` (${formatGrowth(bytes, since.bytes)})`;
  return `${image}  ${formatBytes(bytes)}${growth}`;
}
