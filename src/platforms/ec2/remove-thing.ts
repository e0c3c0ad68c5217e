import { Fault } from '../../core/fault.ts';
import type { CloudThing } from '../cloud-leftovers.ts';
import type { Aws } from './aws.ts';
import { awsCode, isNotFound } from './aws-errors.ts';
import { describeInstances, describeSnapshots } from './describe.ts';
import { removeVersion } from './launch-template.ts';
import { BAKE_TAG, tagsOf } from './tags.ts';
import { type Pace, until } from './until.ts';

/** An instance is shut down before it is terminated, which its services may take their time for. */
const TERMINATED: Pace = { first: 1000, longest: 10_000, within: 600_000 };
/** Until what has held something has let go of it: an instance its group, an AMI its snapshots. */
const LET_GO: Pace = { first: 500, longest: 5000, within: 120_000 };

/** How AWS says that something is still held by another. */
const HELD = /^(DependencyViolation|VolumeInUse|InvalidSnapshot\.InUse|InvalidGroup\.InUse|IncorrectState)$/;

/** Removes something and waits until it is gone; what is not there is no failure. */
export async function removeThing(aws: Aws, thing: CloudThing, signal: AbortSignal): Promise<void> {
  const { id } = thing;
  const ec2 = await import('@aws-sdk/client-ec2');
  const gone = (removal: () => Promise<unknown>) => onceLetGo(thing, removal, signal);
  switch (thing.kind) {
    case 'instance':
      return await terminate(aws, id, signal);
    case 'AMI':
      return await removeImage(aws, thing, signal);
    case 'volume':
      return await gone(() => aws.make(new ec2.DeleteVolumeCommand({ VolumeId: id }), signal));
    case 'snapshot':
      return await gone(() => aws.make(new ec2.DeleteSnapshotCommand({ SnapshotId: id }), signal));
    case 'key pair':
      return await gone(() => aws.make(new ec2.DeleteKeyPairCommand({ KeyName: id }), signal));
    case 'security group':
      return await gone(() => aws.make(new ec2.DeleteSecurityGroupCommand({ GroupId: id }), signal));
    case 'launch template':
      return await gone(() =>
        aws.make(new ec2.DeleteLaunchTemplateCommand({ LaunchTemplateId: id }), signal),
      );
    case 'launch template version': {
      const [template = '', version = ''] = id.split('/');
      return await removeVersion(aws, template, version, signal);
    }
  }
}

/** NotFound does not mean that it is terminated: AWS may not know yet of one that was just made, so its state decides. */
async function terminate(aws: Aws, id: string, signal: AbortSignal): Promise<void> {
  const { TerminateInstancesCommand } = await import('@aws-sdk/client-ec2');
  let asked = false;
  await until(
    `the instance ${id} is terminated`,
    async () => {
      const [found] = await describeInstances(aws, [{ Name: 'instance-id', Values: [id] }], signal);
      const state = found?.State?.Name;
      if (state === undefined || state === 'terminated') return true;
      if (asked) return undefined;
      asked = await wasThere(aws.make(new TerminateInstancesCommand({ InstanceIds: [id] }), signal));
      return undefined;
    },
    TERMINATED,
    signal,
  );
}

/**
 * Deregisters an AMI, and then removes its snapshots that carry Kiln's tag: of those that it names, and of those that AWS
 * made for it, which it does not name as long as it is pending.
 */
async function removeImage(aws: Aws, image: CloudThing, signal: AbortSignal): Promise<void> {
  const { DeregisterImageCommand } = await import('@aws-sdk/client-ec2');
  const before = await ownSnapshots(aws, image, signal);
  await wasThere(aws.make(new DeregisterImageCommand({ ImageId: image.id }), signal));
  // One that was pending may have got some meanwhile.
  const after = await ownSnapshots(aws, image, signal);
  for (const id of new Set([...before, ...after]))
    await removeThing(aws, { kind: 'snapshot', region: aws.region, id, parts: [] }, signal);
}

/** By what AWS writes into descriptions: `Created by CreateImage(i-…) for ami-…`, which may go on, `Copied for DestinationAmi ami-… from …`. */
async function ownSnapshots(aws: Aws, { id, parts }: CloudThing, signal: AbortSignal): Promise<string[]> {
  const Values = [
    `Created by CreateImage(*) for ${id}`,
    `Created by CreateImage(*) for ${id} from *`,
    `Copied for DestinationAmi ${id} *`,
  ];
  const named = parts.length === 0 ? [] : [{ Name: 'snapshot-id', Values: [...parts] }];
  const filters = [...named, { Name: 'description', Values }];
  const found = await Promise.all(filters.map((filter) => describeSnapshots(aws, [filter], signal)));
  return found.flat().flatMap(({ SnapshotId, Tags }) => (BAKE_TAG in tagsOf(Tags) ? (SnapshotId ?? []) : []));
}

async function onceLetGo(
  { kind, id }: CloudThing,
  removal: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  let held: unknown;
  try {
    await until(
      `the ${kind} ${id} is let go of`,
      async () => {
        try {
          await wasThere(removal());
          return true;
        } catch (error) {
          if (!(error instanceof Fault) || !HELD.test(awsCode(error.cause))) throw error;
          held = error;
          return undefined;
        }
      },
      LET_GO,
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    // What holds it says more than that it took too long.
    throw error instanceof Fault && error.code === 'TIMEOUT' ? (held ?? error) : error;
  }
}

/** Whether it was there. */
async function wasThere(removal: Promise<unknown>): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (error) {
    // An AMI that was deregistered is unavailable for a while, and then not found.
    if (isNotFound(error) || awsCode((error as Error).cause) === 'InvalidAMIID.Unavailable') return false;
    throw error;
  }
}
