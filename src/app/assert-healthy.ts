import type { Template } from '../config/template.ts';
import type { StageLog } from '../core/events.ts';
import { Fault } from '../core/fault.ts';
import { awaitHealthy } from '../health/await-healthy.ts';
import { failureLines } from '../health/failure-lines.ts';
import type { HealthReport } from '../health/result.ts';
import type { ClosedMachine, Machine } from '../platforms/platform.ts';

/** Waits for a template's checks by its probe; `CHECK_FAILED` names each that did not pass, and what it said. */
export async function assertHealthy(
  machine: Machine | ClosedMachine,
  template: Pick<Template, 'name' | 'checks' | 'probe'>,
  options: { readonly log: StageLog; readonly signal: AbortSignal; readonly hint?: string },
): Promise<HealthReport> {
  const report = await awaitHealthy(machine, template.checks, template.probe, options);
  if (report.healthy) {
    if (report.results.length === 0) options.log.note('the template has no checks: nothing was asked');
    return report;
  }
  throw unhealthy(template.name, report, options.hint ?? KEEP_HINT);
}

const KEEP_HINT =
  'See it in the machine with --on-error keep; `probe:` in the template says how long is waited.';

/** `CHECK_FAILED`: each check that did not pass, and what it said. */
export function unhealthy(name: string, report: HealthReport, hint?: string): Fault {
  const failed = report.results.filter(({ outcome }) => outcome === 'failed');
  const names = [...new Set(failed.map(({ check }) => check))];
  const what = names.length === 0 ? 'it cannot be told whether it is up' : names.slice(0, 3).join(', ');
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return new Fault('CHECK_FAILED', `${name} is not healthy: ${what}${more}`, {
    details: failureLines(report),
    ...(hint === undefined ? {} : { hint }),
  });
}
