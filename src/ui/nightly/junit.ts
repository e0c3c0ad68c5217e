import { cleanLines } from '../clean-line.ts';
import { type JunitCase, junitText } from '../junit.ts';
import { type NightlyRow, type NightlyView, tellings } from './view.ts';

/** The report of a night for CI: one test case for each template and each image that was launched. */
export function nightlyJunit({ started, ms, templates, launch }: NightlyView): string {
  const cases = [...templates.map(templateCase), ...(launch === undefined ? [] : launchCases(launch))];
  return junitText({ name: 'bake nightly', started, ms, cases });
}

function templateCase(row: NightlyRow): JunitCase {
  const { template, state, ms, error, missing, log, why } = row;
  const about = { classname: 'template', name: template, ms };
  if (isFailure(row)) return { ...about, outcome: failure(error ?? missing?.[0]?.error, log) };
  if (state === 'skipped') return { ...about, outcome: { skipped: why ?? '' } };
  return { ...about, outcome: { out: [state, ...tellings(row)] } };
}

/** An image that is published and not everywhere is none that a person may overlook. */
function isFailure({ state, missing }: NightlyRow): boolean {
  return state === 'failed' || missing !== undefined;
}

function launchCases({ environment, images, error }: NonNullable<NightlyView['launch']>): JunitCase[] {
  const whole = error === undefined ? [] : [{ template: environment, error }];
  return [...whole, ...images].map(({ template, error: failed }) => ({
    classname: `launch ${environment}`,
    name: template,
    ...(failed === undefined ? {} : { outcome: failure(failed, undefined) }),
  }));
}

function failure(error: NightlyRow['error'], log: string | undefined) {
  if (error === undefined) return { failed: { type: '', message: '', lines: [] } };
  const { code, message, details, hint } = error;
  const lines = [
    ...details.flatMap(cleanLines),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...(log === undefined ? [] : [`log: ${log}`]),
  ];
  return { failed: { type: code, message, lines } };
}
