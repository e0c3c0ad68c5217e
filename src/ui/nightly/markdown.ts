import { shortDigest } from '../../core/digest.ts';
import { formatBytes } from '../bytes.ts';
import { cleanLine } from '../clean-line.ts';
import { formatDuration } from '../duration.ts';
import {
  countedStates,
  launchedText,
  type NightlyRow,
  type NightlyView,
  pruneTellings,
  tellings,
  titleOf,
  workText,
} from './view.ts';

/** The report of a night as Markdown, as GitHub and GitLab show it. */
export function nightlyMarkdown(view: NightlyView): string {
  const { started, ms, templates, launch, prune } = view;
  return [
    `# ${titleOf(view)}`,
    '',
    `**${countedStates(templates)}** in ${formatDuration(ms)} (${workText(view)}), begun ${started}.`,
    '',
    '| template | | image | size | took | what changed |',
    '| --- | --- | --- | ---: | ---: | --- |',
    ...templates.map(tableRow),
    ...templates.flatMap(failure),
    ...(launch === undefined ? [] : launchPart(launch)),
    ...(prune === undefined
      ? []
      : ['', '## Retention', '', ...pruneTellings(prune).map((line) => `- ${text(line)}`)]),
    '',
  ].join('\n');
}

function tableRow(row: NightlyRow): string {
  const { template, state, image, digest, bytes, ms } = row;
  const cells = [
    text(template),
    state === 'failed' ? '**failed**' : state,
    image === undefined ? '' : `${text(image)} \`${shortDigest(digest ?? '')}\``,
    bytes === undefined ? '' : formatBytes(bytes),
    ms === 0 ? '' : formatDuration(ms),
    tellings(row).map(text).join('<br>'),
  ];
  return `| ${cells.join(' | ')} |`;
}

function failure({ template, error, log }: NightlyRow): string[] {
  if (error === undefined) return [];
  const lines = [
    `${error.code}: ${error.message}`,
    ...error.details.map((line) => `    ${line}`),
    ...(error.hint === undefined ? [] : [`hint: ${error.hint}`]),
    ...(log === undefined ? [] : [`log: ${log}`]),
  ];
  return ['', `## ${text(template)} failed`, '', ...fenced(lines.flatMap((line) => line.split('\n')))];
}

function launchPart({ environment, images, error }: NonNullable<NightlyView['launch']>): string[] {
  const lines = images.map((row) => {
    const { image, nodes } = launchedText(row);
    if (row.error !== undefined) return `- **${text(image)} failed**: ${text(row.error.message)}`;
    return `- ${text(image)}: ${text(nodes)}`;
  });
  const failed = error === undefined ? [] : [`**Nothing was launched**: ${text(error.message)}`];
  return ['', `## Launched in ${text(environment)}`, '', ...failed, ...lines];
}

/** A fence that is longer than any in the text, so that nothing in it ends the block. */
function fenced(lines: readonly string[]): string[] {
  const ticks = lines.flatMap((line) => line.match(/`{3,}/g) ?? []).map(({ length }) => length);
  const fence = '`'.repeat(Math.max(3, ...ticks.map((length) => length + 1)));
  return [fence, ...lines.map(cleanLine), fence];
}

/** Text that is only text in a table's cell: no mark-up, no HTML, no end of the cell. */
function text(raw: string): string {
  return cleanLine(raw)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[\\`*_[\]|~#]/g, '\\$&');
}
