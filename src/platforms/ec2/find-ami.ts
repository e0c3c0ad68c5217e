import type { Filter, Image } from '@aws-sdk/client-ec2';
import type { AmiId } from '../../core/form-id.ts';
import type { RegionalAmi } from '../ami-region.ts';
import type { Aws } from './aws.ts';
import { describeImages } from './describe.ts';
import { tagsOf } from './tags.ts';

/** An AMI of this account in whatever state it is, deprecated and disabled ones too. */
export async function findAmi(aws: Aws, id: AmiId, signal: AbortSignal): Promise<RegionalAmi | undefined> {
  const [found] = await describeImages(aws, { owner: 'self', filters: byId(id) }, signal);
  return found === undefined ? undefined : regionalAmi(id, found);
}

/** The same of its state, `available`, and of an AMI that is shared with this account too. */
export async function amiState(aws: Aws, id: AmiId, signal: AbortSignal): Promise<string | undefined> {
  const [found] = await describeImages(aws, { filters: byId(id) }, signal);
  return found?.State;
}

function byId(id: AmiId): Filter[] {
  return [{ Name: 'image-id', Values: [id] }];
}

function regionalAmi(id: AmiId, image: Image): RegionalAmi {
  const { Name = '', Description = '', State = '', StateReason, Tags, DeprecationTime } = image;
  const why = StateReason?.Message;
  return {
    id,
    name: Name,
    description: Description,
    state: State,
    ...(why === undefined ? {} : { why }),
    snapshots: snapshotsOf(image),
    tags: tagsOf(Tags),
    ...(DeprecationTime === undefined ? {} : { deprecated: DeprecationTime }),
  };
}

/** Of an AMI's disks, the root's first; those of none that is on its way have an id yet. */
export function snapshotsOf({ BlockDeviceMappings = [], RootDeviceName }: Image): string[] {
  const isRoot = ({ DeviceName }: { DeviceName?: string | undefined }) => DeviceName === RootDeviceName;
  const disks = [
    ...BlockDeviceMappings.filter(isRoot),
    ...BlockDeviceMappings.filter((disk) => !isRoot(disk)),
  ];
  return disks.flatMap(({ Ebs }) => (Ebs?.SnapshotId === undefined ? [] : [Ebs.SnapshotId]));
}
