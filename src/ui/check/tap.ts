import { cleanLine } from '../clean-line.ts';
import { jsonText } from '../json-text.ts';
import { type CheckView, nameOf, type ResultView, verdictReason, whySkipped } from './view.ts';

/**
 * The results in the Test Anything Protocol, version 14 (https://testanything.org/tap-version-14-specification.html): a
 * point for each attribute of each check, and one for the verdict where no check gives its reason.
 */
export function checkTap(view: CheckView): string {
  const reason = verdictReason(view);
  const points = [
    ...view.results.map(pointOf),
    ...(reason === undefined ? [] : [verdictPoint(view, reason)]),
  ];
  const lines = points.flatMap(({ ok, name, skip, diagnostics = {} }, index) => [
    `${ok ? 'ok' : 'not ok'} ${index + 1} - ${escaped(name)}${skip === undefined ? '' : ` # SKIP ${escaped(skip)}`}`,
    ...yaml(diagnostics),
  ]);
  return [
    'TAP version 14',
    points.length === 0 ? '1..0 # SKIP there are no checks' : `1..${points.length}`,
    ...lines,
    '',
  ].join('\n');
}

interface Point {
  readonly ok: boolean;
  readonly name: string;
  readonly skip?: string;
  readonly diagnostics?: Readonly<Record<string, unknown>>;
}

function pointOf(result: ResultView): Point {
  const { outcome, expected, actual, waited, attempts, evidence = [] } = result;
  const name = nameOf(result);
  if (outcome === 'passed') return { ok: true, name };
  if (outcome !== 'failed') return { ok: true, name, skip: whySkipped(result) };
  const shown = evidence.length === 0 ? {} : { evidence };
  return { ok: false, name, diagnostics: { expected, actual, waited_ms: waited, attempts, ...shown } };
}

function verdictPoint({ image, waited, rounds }: CheckView, reason: string): Point {
  const diagnostics = { reason, waited_ms: waited, attempts: rounds };
  return { ok: false, name: `${image} is healthy`, diagnostics };
}

/** JSON is YAML, and needs no quoting of ours. */
function yaml(diagnostics: Readonly<Record<string, unknown>>): string[] {
  const known = Object.entries(diagnostics).filter(([, value]) => value !== undefined);
  if (known.length === 0) return [];
  return ['  ---', ...known.map(([key, value]) => `  ${key}: ${jsonText(value)}`), '  ...'];
}

/** A `#` would begin a directive. */
function escaped(text: string): string {
  return cleanLine(text).replace(/[\\#]/g, '\\$&');
}
