import type { AmiId } from '../../core/form-id.ts';
import type { Aws } from './aws.ts';
import { removeThing } from './remove-thing.ts';

/** Deregisters an AMI, whose snapshots stay; nothing is done where there is none any more. */
export async function deregisterImage(aws: Aws, id: AmiId, signal: AbortSignal): Promise<void> {
  await removeThing(aws, { kind: 'AMI', region: aws.region, id, parts: [] }, signal);
}

/** Deletes a snapshot, once the AMI that it was of has let go of it; nothing is done where there is none any more. */
export async function deleteSnapshot(aws: Aws, id: string, signal: AbortSignal): Promise<void> {
  await removeThing(aws, { kind: 'snapshot', region: aws.region, id, parts: [] }, signal);
}
