import type { AmiId } from '../../core/form-id.ts';
import type { AmiToRemove, RemovedAmi } from '../ami-region.ts';
import { allPages } from './all-pages.ts';
import type { Aws } from './aws.ts';
import { awsCode, isNotFound } from './aws-errors.ts';
import { findAmi } from './find-ami.ts';
import { BAKE_TAG, tagsOf } from './tags.ts';

/** See `AmiRegion.remove`. A snapshot cannot go before the AMI that it is of. */
export async function removeAmi(
  aws: Aws,
  { id, snapshots: named }: AmiToRemove,
  signal: AbortSignal,
): Promise<RemovedAmi> {
  const { DeregisterImageCommand } = await import('@aws-sdk/client-ec2');
  const ami = await findAmi(aws, id, signal);
  const unnamed = (ami?.snapshots ?? []).filter((snapshot) => !named.includes(snapshot));
  const snapshots = [...named, ...(await tagged(aws, unnamed, signal))];
  let found = ami !== undefined;
  if (found) {
    const command = new DeregisterImageCommand({ ImageId: id });
    await gone(
      aws.make('ec2:DeregisterImage', (abortSignal) => aws.ec2.send(command, { abortSignal }), signal),
    );
  }
  for (const snapshot of snapshots) if (await removeSnapshot(aws, snapshot, signal)) found = true;
  return { found };
}

/** See `AmiRegion.removeOf`. */
export async function removeAmisOf(aws: Aws, run: string, signal: AbortSignal): Promise<void> {
  const { DescribeImagesCommand, DescribeSnapshotsCommand } = await import('@aws-sdk/client-ec2');
  const Filters = [{ Name: `tag:${BAKE_TAG}`, Values: [run] }];
  const images = await allPages(async (NextToken) => {
    const command = new DescribeImagesCommand({ Owners: ['self'], Filters, MaxResults: 1000, NextToken });
    const { Images = [], NextToken: next } = await aws.ask(
      'ec2:DescribeImages',
      (abortSignal) => aws.ec2.send(command, { abortSignal }),
      signal,
    );
    return { items: Images, next };
  });
  for (const { ImageId } of images) await removeAmi(aws, { id: ImageId as AmiId, snapshots: [] }, signal);
  const snapshots = await allPages(async (NextToken) => {
    const command = new DescribeSnapshotsCommand({
      OwnerIds: ['self'],
      Filters,
      MaxResults: 1000,
      NextToken,
    });
    const { Snapshots = [], NextToken: next } = await aws.ask(
      'ec2:DescribeSnapshots',
      (abortSignal) => aws.ec2.send(command, { abortSignal }),
      signal,
    );
    return { items: Snapshots, next };
  });
  for (const { SnapshotId = '' } of snapshots) await removeSnapshot(aws, SnapshotId, signal);
}

async function removeSnapshot(aws: Aws, SnapshotId: string, signal: AbortSignal): Promise<boolean> {
  const { DeleteSnapshotCommand } = await import('@aws-sdk/client-ec2');
  const command = new DeleteSnapshotCommand({ SnapshotId });
  return await gone(
    aws.make('ec2:DeleteSnapshot', (abortSignal) => aws.ec2.send(command, { abortSignal }), signal),
  );
}

/** Those of snapshots that are there and carry Kiln's tag. */
async function tagged(aws: Aws, ids: readonly string[], signal: AbortSignal): Promise<string[]> {
  if (ids.length === 0) return [];
  const { DescribeSnapshotsCommand } = await import('@aws-sdk/client-ec2');
  const command = new DescribeSnapshotsCommand({
    OwnerIds: ['self'],
    Filters: [{ Name: 'snapshot-id', Values: [...ids] }],
  });
  const { Snapshots = [] } = await aws.ask(
    'ec2:DescribeSnapshots',
    (abortSignal) => aws.ec2.send(command, { abortSignal }),
    signal,
  );
  return Snapshots.flatMap(({ SnapshotId, Tags }) =>
    SnapshotId !== undefined && BAKE_TAG in tagsOf(Tags) ? [SnapshotId] : [],
  );
}

/** Whether it was there until now. */
async function gone(removing: Promise<unknown>): Promise<boolean> {
  try {
    await removing;
    return true;
  } catch (error) {
    // One that was deregistered before.
    if (isNotFound(error) || awsCode((error as Error).cause) === 'InvalidAMIID.Unavailable') return false;
    throw error;
  }
}
