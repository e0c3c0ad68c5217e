import { Fault } from '../../core/fault.ts';
import type { AmiToRemove, RemovedAmi } from '../ami-region.ts';
import type { Aws } from './aws.ts';
import { describeSnapshots } from './describe.ts';
import { findAmi } from './find-ami.ts';
import { removeThing } from './remove-thing.ts';
import { BAKE_TAG, type Tags, tagsOf } from './tags.ts';

/** See `AmiRegion.remove`. */
export async function removeAmi(
  aws: Aws,
  { id, snapshots: named }: AmiToRemove,
  signal: AbortSignal,
): Promise<RemovedAmi> {
  const ami = await findAmi(aws, id, signal);
  const snapshots = await snapshotsThere(aws, [...new Set([...named, ...(ami?.snapshots ?? [])])], signal);
  const mine = [
    ...(ami === undefined ? [] : [[id, ami.tags] as const]),
    ...snapshots.filter(([one]) => named.includes(one)),
  ];
  const lost = mine.find(([, tags]) => !(BAKE_TAG in tags));
  if (lost !== undefined)
    throw new Fault(
      'CLOUD_FAILED',
      `${lost[0]} in ${aws.region} has no tag ${BAKE_TAG} any more: remove it by hand`,
    );
  if (mine.length === 0) return { found: false };
  const parts = snapshots.map(([one]) => one);
  await removeThing(aws, { kind: 'AMI', region: aws.region, id, parts }, signal);
  return { found: true };
}

async function snapshotsThere(
  aws: Aws,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<(readonly [id: string, tags: Tags])[]> {
  if (ids.length === 0) return [];
  const found = await describeSnapshots(aws, [{ Name: 'snapshot-id', Values: [...ids] }], signal);
  return found.map(({ SnapshotId = '', Tags }) => [SnapshotId, tagsOf(Tags)]);
}
