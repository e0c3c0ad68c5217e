import type { Checks } from '../../config/checks.ts';
import type { Template } from '../../config/template.ts';
import { Fault } from '../../core/fault.ts';
import { awaitHealthy } from '../../health/await-healthy.ts';
import { failureLines } from '../../health/failure-lines.ts';
import { planChecks } from '../../health/plan-checks.ts';
import type { HealthReport } from '../../health/result.ts';
import { unhealthy } from '../assert-healthy.ts';
import { type CheckPorts, onFreshMachine, type WhichImage } from './fresh-machine.ts';

/** What is asked of which image. */
export interface CheckRequest extends WhichImage {
  readonly checks: Checks;
  readonly probe: Template['probe'];
}

/** What the checks came to. */
export interface CheckedImage extends HealthReport {
  /** `web@7` */
  readonly image: string;
  readonly form: string;
  /** ISO 8601, UTC: when the first round was asked. */
  readonly started: string;
  /** What failed with what explains it, as lines for people. */
  readonly failures: readonly string[];
}

/**
 * Runs checks on a fresh machine of an image, which is removed afterwards. Unhealthy is an answer, not an error.
 * `IMAGE_UNKNOWN`, `IMAGE_ALTERED`, `FORM_MISSING`, `CONFIG_INVALID`, and what the machine throws.
 */
export async function checkImage(
  { checks, probe, ...which }: CheckRequest,
  ports: CheckPorts,
  signal: AbortSignal,
): Promise<CheckedImage> {
  // What makes no sense is told before anything is started.
  planChecks(checks);
  let checked: CheckedImage | undefined;
  try {
    await onFreshMachine(which, ports, signal, async ({ record, form, machine, stages }) => {
      const started = new Date().toISOString();
      await stages.run('check', async (log) => {
        const report = await awaitHealthy(machine, checks, probe, { log, signal });
        checked = { image: record.name, form, started, ...report, failures: failureLines(report) };
        if (!report.healthy) throw unhealthy(record.name, report);
      });
    });
  } catch (error) {
    // It makes a failure of the stage and the run, which is told on the way.
    const isAnswer = checked !== undefined && error instanceof Fault && error.code === 'CHECK_FAILED';
    if (!isAnswer) throw error;
  }
  if (checked === undefined) throw new Error('the checks were not asked');
  return checked;
}
