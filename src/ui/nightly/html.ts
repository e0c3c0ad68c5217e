import { shortDigest } from '../../core/digest.ts';
import { formatBytes, formatGrowth } from '../bytes.ts';
import { cleanLines } from '../clean-line.ts';
import { formatDuration } from '../duration.ts';
import { escapeMarkup as text } from '../markup.ts';
import { STYLE } from './style.ts';
import {
  countedStates,
  launchedText,
  type NightlyRow,
  type NightlyView,
  type PruneView,
  pruneTellings,
  tellings,
  titleOf,
  workText,
} from './view.ts';

/** The report of a night as one page that loads nothing from anywhere. */
export function nightlyHtml(view: NightlyView): string {
  const { started, ms, templates, launch, prune } = view;
  const title = titleOf(view);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}: ${text(countedStates(templates))}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${text(title)}</h1>
<p class="summary"><strong>${text(countedStates(templates))}</strong> in ${formatDuration(ms)}
<span class="dim">(${workText(view)}; begun <time datetime="${text(started)}">${text(started)}</time>)</span></p>
<table>
<thead><tr><th>Template</th><th>State</th><th>Image</th><th class="figure">Size</th><th class="figure">Took</th><th>What changed</th></tr></thead>
<tbody>
${templates.map(tableRow).join('\n')}
</tbody>
</table>
${templates.map(failure).join('')}${launch === undefined ? '' : launchPart(launch)}${prune === undefined ? '' : prunePart(prune)}</main>
</body>
</html>
`;
}

function tableRow(row: NightlyRow): string {
  const { template, state, image, digest, bytes, since, ms } = row;
  const size =
    bytes === undefined
      ? ''
      : `${formatBytes(bytes)}${since === undefined ? '' : ` (${formatGrowth(bytes, since.bytes)})`}`;
  const named =
    image === undefined
      ? ''
      : `${text(image)} <code title="${text(digest ?? '')}">${text(shortDigest(digest ?? ''))}</code>`;
  const name = state === 'failed' ? `<a href="#${text(template)}">${text(template)}</a>` : text(template);
  const told = tellings(row).map(text).join('<br>');
  return `<tr><th scope="row">${name}</th><td><span class="state ${state}">${state}</span></td><td>${named}</td><td class="figure">${text(size)}</td><td class="figure">${ms === 0 ? '' : formatDuration(ms)}</td><td>${told}</td></tr>`;
}

function failure({ template, error, log }: NightlyRow): string {
  if (error === undefined) return '';
  const details =
    error.details.length === 0 ? '' : `<pre>${text(error.details.flatMap(cleanLines).join('\n'))}</pre>\n`;
  const hint = error.hint === undefined ? '' : `<p>${text(error.hint)}</p>\n`;
  const where = log === undefined ? '' : `<p class="dim">Log: <code>${text(log)}</code></p>\n`;
  return `<section id="${text(template)}">
<h2>${text(template)} failed</h2>
<p><code>${text(error.code)}</code> ${text(error.message)}</p>
${details}${hint}${where}</section>
`;
}

function prunePart(prune: PruneView): string {
  return `<section>
<h2>Retention</h2>
${pruneTellings(prune)
  .map((line) => `<p>${text(line)}</p>\n`)
  .join('')}</section>
`;
}

function launchPart({ environment, images, error }: NonNullable<NightlyView['launch']>): string {
  const failed =
    error === undefined ? '' : `<p class="failed">Nothing was launched: ${text(error.message)}</p>\n`;
  const rows = images.map((row) => {
    const { image, nodes } = launchedText(row);
    return `<li>${text(image)}: ${text(row.error === undefined ? nodes : `failed: ${row.error.message}`)}</li>`;
  });
  return `<section>
<h2>Launched in ${text(environment)}</h2>
${failed}<ul>${rows.join('')}</ul>
</section>
`;
}
