import type { AmiToRemove, RemovedAmi } from '../ami-region.ts';
import type { Aws } from './aws.ts';
import { describeSnapshots } from './describe.ts';
import { findAmi } from './find-ami.ts';
import { removeThing } from './remove-thing.ts';
import { BAKE_TAG, tagsOf } from './tags.ts';

/** See `AmiRegion.remove`. */
export async function removeAmi(
  aws: Aws,
  { id, snapshots: named }: AmiToRemove,
  signal: AbortSignal,
): Promise<RemovedAmi> {
  const ami = await findAmi(aws, id, signal);
  const snapshots = [...new Set([...named, ...(ami?.snapshots ?? [])])];
  const parts = await ownSnapshots(aws, snapshots, named, signal);
  if (ami === undefined && parts.length === 0) return { found: false };
  await removeThing(aws, { kind: 'AMI', region: aws.region, id, parts }, signal);
  return { found: true };
}

/** Those that are there, and are named or carry Kiln's tag. */
async function ownSnapshots(
  aws: Aws,
  ids: readonly string[],
  named: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const found = await describeSnapshots(aws, [{ Name: 'snapshot-id', Values: [...ids] }], signal);
  return found.flatMap(({ SnapshotId = '', Tags }) =>
    named.includes(SnapshotId) || BAKE_TAG in tagsOf(Tags) ? [SnapshotId] : [],
  );
}
