import type { CheckResult, HealthReport } from './result.ts';
import { seconds } from './seconds.ts';

/**
 * What failed, for a fault's details: one line for each attribute, its evidence under it.
 *
 * `✗ service nginx: running — expected true, actual false (failed, exit status 1), waited 4.2 s, 9 rounds`
 */
export function failureLines(report: HealthReport): string[] {
  if (report.healthy) return [];
  const failed = report.results.filter(({ outcome }) => outcome === 'failed');
  const unsupported = report.results.filter(({ outcome }) => outcome === 'unsupported');
  const lines = [...failed, ...unsupported].flatMap((result, index, all) =>
    linesOf(result, report, all[index - 1]),
  );
  return failed.length > 0 || report.reason === undefined ? lines : [`✗ ${report.reason}`, ...lines];
}

function linesOf(result: CheckResult, report: HealthReport, before: CheckResult | undefined): string[] {
  const { check, attribute, outcome, expected, actual, evidence = [], title } = result;
  const subject = `${check}: ${attribute}${title === undefined ? '' : ` (${title})`}`;
  // What explains two attributes of one check is shown once, under the first.
  const shown = before?.check === check ? before.evidence : [];
  const under = evidence.filter((line) => !shown?.includes(line)).map((line) => `    ${line}`);
  if (outcome === 'unsupported')
    return [`? ${subject} — expected ${expected}, unsupported: ${actual}`, ...under];
  const rounds = result.attempts ?? report.rounds;
  const waited = `waited ${seconds(result.waited ?? report.waited)}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
  return [`✗ ${subject} — expected ${expected}, actual ${actual}, ${waited}`, ...under];
}
