import { escapeMarkup } from './markup.ts';

/** One test case; without an outcome it is good and says nothing. Times in milliseconds. */
export interface JunitCase {
  readonly classname: string;
  readonly name: string;
  readonly ms?: number;
  readonly outcome?:
    | {
        readonly failed: {
          readonly type: string;
          readonly message: string;
          readonly lines: readonly string[];
        };
      }
    | { readonly skipped: string }
    | { readonly out: readonly string[] };
}

/** What was run, when, and for how long. */
export interface JunitSuite {
  /** `bake nightly` */
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly ms: number;
  readonly cases: readonly JunitCase[];
}

/**
 * A report for CI, in the dialect that Jenkins, GitLab and GitHub's reporters read (the `junit-10.xsd` of Jenkins' xunit
 * plugin), where times are in seconds.
 */
export function junitText({ name, started, ms, cases }: JunitSuite): string {
  const count = (kind: 'failed' | 'skipped') => cases.filter(({ outcome = {} }) => kind in outcome).length;
  const counts = `tests="${cases.length}" failures="${count('failed')}" errors="0" skipped="${count('skipped')}"`;
  const suite = `name="${escapeMarkup(name)}" ${counts} time="${seconds(ms)}" timestamp="${started.slice(0, 19)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kiln" ${counts} time="${seconds(ms)}">`,
    `  <testsuite ${suite}>`,
    ...cases.map((one) => `    ${caseText(one)}`),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseText({ classname, name, ms, outcome }: JunitCase): string {
  const time = ms === undefined ? '' : ` time="${seconds(ms)}"`;
  const open = `<testcase classname="${escapeMarkup(classname)}" name="${escapeMarkup(name)}"${time}`;
  if (outcome === undefined) return `${open}/>`;
  return `${open}>${outcomeText(outcome)}</testcase>`;
}

function outcomeText(outcome: NonNullable<JunitCase['outcome']>): string {
  if ('skipped' in outcome) return `<skipped message="${escapeMarkup(outcome.skipped)}"/>`;
  if ('out' in outcome) return `<system-out>${escapeMarkup(outcome.out.join('\n'))}</system-out>`;
  const { type, message, lines } = outcome.failed;
  return `<failure type="${escapeMarkup(type)}" message="${escapeMarkup(message)}">${escapeMarkup(lines.join('\n'))}</failure>`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
