import { Fault } from '../../core/fault.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { Aws } from './aws.ts';
import { awsCode, isNotFound } from './aws-errors.ts';
import { CONSISTENT, until } from './until.ts';

/** Deregisters an AMI, whose snapshots stay; nothing is done where there is none any more. */
export async function deregisterImage(aws: Aws, id: AmiId, signal: AbortSignal): Promise<void> {
  const { DeregisterImageCommand } = await import('@aws-sdk/client-ec2');
  await aws
    .make(
      'ec2:DeregisterImage',
      (abortSignal) => aws.ec2.send(new DeregisterImageCommand({ ImageId: id }), { abortSignal }),
      signal,
    )
    .catch(unlessGone);
}

/**
 * Deletes a snapshot, and waits while AWS still takes it for an AMI's that was just deregistered; nothing is done where
 * there is none any more.
 */
export async function deleteSnapshot(aws: Aws, id: string, signal: AbortSignal): Promise<void> {
  const { DeleteSnapshotCommand } = await import('@aws-sdk/client-ec2');
  const remove = async () =>
    await aws
      .make(
        'ec2:DeleteSnapshot',
        (abortSignal) => aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }), { abortSignal }),
        signal,
      )
      .then(
        () => true,
        (error: unknown) => {
          if (awsCode(error instanceof Fault ? error.cause : error) === 'InvalidSnapshot.InUse')
            return undefined;
          unlessGone(error);
          return true;
        },
      );
  await until(`the snapshot ${id} is in use no more`, remove, CONSISTENT, signal);
}

function unlessGone(error: unknown): void {
  // An AMI that was deregistered is unavailable for a while, and then not found.
  const name = awsCode(error instanceof Fault ? error.cause : error);
  if (!isNotFound(error) && name !== 'InvalidAMIID.Unavailable') throw error;
}
