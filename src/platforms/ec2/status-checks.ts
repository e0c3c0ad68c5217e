import { Fault } from '../../core/fault.ts';
import type { Instance } from '../launcher.ts';
import type { Aws } from './aws.ts';
import { isNotFound } from './aws-errors.ts';
import { consoleLines } from './instance-state.ts';
import { lost } from './lost.ts';
import { placeOf, readFound } from './read-instances.ts';
import { type Pace, until } from './until.ts';

/** How often AWS is asked, for how long, and after how many milliseconds each it is told that it still waits. */
export interface StatusPace extends Pace {
  readonly note: number;
}

/** AWS checks every minute, and begins some minutes after an instance was started. */
const PASSED: StatusPace = { first: 2000, longest: 15_000, within: 900_000, note: 120_000 };

/** `system status initializing, instance status initializing`: what AWS's own checks find; nothing when both are passed. */
export async function failingStatus(
  aws: Aws,
  instance: Instance,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { DescribeInstanceStatusCommand } = await import('@aws-sdk/client-ec2');
  const command = new DescribeInstanceStatusCommand({ InstanceIds: [placeOf(instance).awsId] });
  const { InstanceStatuses = [] } = await aws.ask(command, signal).catch((error: unknown) => {
    // What was just made may not be known yet.
    if (isNotFound(error)) return { InstanceStatuses: [] };
    throw error;
  });
  const { SystemStatus, InstanceStatus } = InstanceStatuses[0] ?? {};
  const found = { system: SystemStatus?.Status ?? 'unknown', instance: InstanceStatus?.Status ?? 'unknown' };
  if (found.system === 'ok' && found.instance === 'ok') return undefined;
  return `system status ${found.system}, instance status ${found.instance}`;
}

/**
 * Waits until AWS's own checks of an instance are passed: all that can be known of one that boots and that nobody enters.
 * `note` is told every two minutes how they stand. `MACHINE_NOT_READY` after 15 minutes, `MACHINE_LOST`.
 */
export async function untilStatusOk(
  aws: Aws,
  instance: Instance,
  note: (message: string) => void,
  signal: AbortSignal,
  pace: StatusPace = PASSED,
): Promise<void> {
  const { awsId } = placeOf(instance);
  const started = performance.now();
  let noted = started;
  let failing: string | undefined;
  note(
    "nothing says how it is entered: it is ready when AWS's status checks are passed, which takes minutes",
  );
  const ask = async () => {
    failing = await failingStatus(aws, instance, signal);
    if (failing === undefined) return true;
    const now = await readFound(aws, awsId, signal);
    if (now !== undefined && !now.instance.running) throw lost(instance, now);
    if (performance.now() - noted >= pace.note) {
      noted = performance.now();
      note(`AWS says of it after ${Math.round((noted - started) / 60_000)} min: ${failing}`);
    }
    return undefined;
  };
  await until(`the status checks of ${instance.name}`, ask, pace, signal).catch(async (error: unknown) => {
    if (!(error instanceof Fault) || error.code !== 'TIMEOUT') throw error;
    throw new Fault(
      'MACHINE_NOT_READY',
      `${instance.name} did not pass AWS's status checks within ${pace.within / 60_000} min`,
      {
        details: [`AWS says: ${failing}`, ...(await consoleLines(aws, awsId, signal))],
        hint: 'See what it printed as it booted; `launch` starts it again.',
        cause: error,
      },
    );
  });
}
