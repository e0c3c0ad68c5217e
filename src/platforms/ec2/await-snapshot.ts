import { Fault } from '../../core/fault.ts';
import type { Aws } from './aws.ts';
import { onceKnown, type Pace, until } from './until.ts';

/** AWS takes its time with a large one. */
const COMPLETION: Pace = { first: 500, longest: 15_000, within: 2 * 3_600_000 };

/** Waits until a snapshot can be used. */
export async function awaitSnapshot(aws: Aws, id: string, signal: AbortSignal): Promise<void> {
  const { DescribeSnapshotsCommand } = await import('@aws-sdk/client-ec2');
  const describe = async () => {
    const { Snapshots = [] } = await aws.ask(new DescribeSnapshotsCommand({ SnapshotIds: [id] }), signal);
    return Snapshots[0];
  };
  const isComplete = async () => {
    const { State, StateMessage } = (await onceKnown(describe, signal)) ?? {};
    if (State === 'error')
      throw new Fault('CLOUD_FAILED', `AWS could not complete the snapshot ${id}: ${StateMessage ?? ''}`);
    return State === 'completed' ? true : undefined;
  };
  await until(`the snapshot ${id} is complete`, isComplete, COMPLETION, signal);
}
