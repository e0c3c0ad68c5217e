import { cleanLines } from '../clean-line.ts';
import { escapeMarkup } from './markup.ts';
import { type NightlyRow, type NightlyView, tellings } from './view.ts';

/**
 * The report of a night for CI, one test case for each template and each image that was launched, in the dialect that
 * Jenkins, GitLab and GitHub's reporters read (the `junit-10.xsd` of Jenkins' xunit plugin). Times in seconds.
 */
export function nightlyJunit({ started, ms, templates, launch }: NightlyView): string {
  const launched = launch === undefined ? [] : launchCases(launch);
  const cases = [...templates.map(templateCase), ...launched.map(({ xml }) => xml)];
  const failures = templates.filter(isFailure).length + launched.filter(({ failed }) => failed).length;
  const skipped = templates.filter(({ state }) => state === 'skipped').length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  const suite = `name="bake nightly" ${counts} time="${seconds(ms)}" timestamp="${started.slice(0, 19)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kiln" ${counts} time="${seconds(ms)}">`,
    `  <testsuite ${suite}>`,
    ...cases.map((one) => `    ${one}`),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function templateCase(row: NightlyRow): string {
  const { template, state, ms, error, missing, log, why } = row;
  const open = `<testcase classname="template" name="${escapeMarkup(template)}" time="${seconds(ms)}"`;
  if (isFailure(row)) return `${open}>${failure(error ?? missing?.[0]?.error, log)}</testcase>`;
  if (state === 'skipped') return `${open}><skipped message="${escapeMarkup(why ?? '')}"/></testcase>`;
  return `${open}><system-out>${escapeMarkup([state, ...tellings(row)].join('\n'))}</system-out></testcase>`;
}

/** An image that is published and not everywhere is none that a person may overlook. */
function isFailure({ state, missing }: NightlyRow): boolean {
  return state === 'failed' || missing !== undefined;
}

function launchCases({ environment, images, error }: NonNullable<NightlyView['launch']>) {
  const classname = escapeMarkup(`launch ${environment}`);
  const whole = error === undefined ? [] : [{ template: environment, error }];
  return [...whole, ...images].map(({ template, error: failed }) => {
    const open = `<testcase classname="${classname}" name="${escapeMarkup(template)}"`;
    const xml = failed === undefined ? `${open}/>` : `${open}>${failure(failed, undefined)}</testcase>`;
    return { failed: failed !== undefined, xml };
  });
}

function failure(error: NightlyRow['error'], log: string | undefined): string {
  if (error === undefined) return '<failure/>';
  const { code, message, details, hint } = error;
  const lines = [
    ...details.flatMap(cleanLines),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...(log === undefined ? [] : [`log: ${log}`]),
  ];
  return `<failure type="${escapeMarkup(code)}" message="${escapeMarkup(message)}">${escapeMarkup(lines.join('\n'))}</failure>`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
