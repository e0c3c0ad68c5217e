import type { Image } from '@aws-sdk/client-ec2';
import { Fault } from '../../core/fault.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { Scope } from '../../core/scope.ts';
import { awaitImage } from './await-image.ts';
import type { Aws } from './aws.ts';
import { awsCode } from './aws-errors.ts';
import { accountToNote } from './caller-account.ts';
import { snapshotsOf } from './find-ami.ts';
import { taggedByCreateImage, tagsOfNew, tagsOfPublished } from './image-tags.ts';
import { instanceState, stateText } from './instance-state.ts';
import { makeImage, newImage } from './make-image.ts';
import { setTags } from './set-tags.ts';
import { type Tags, tagSpecifications } from './tags.ts';
import { ifLate, onceKnown, type Pace, until } from './until.ts';

/** It is off some seconds after it was told; then AWS is told to stop it. */
const POWER_OFF: Pace = { first: 1000, longest: 5000, within: 90_000 };
const STOPPED: Pace = { first: 1000, longest: 10_000, within: 600_000 };
/** Right after it stopped, AWS may still say that it is in no state for that. */
const ACCEPTED: Pace = { first: 2000, longest: 10_000, within: 120_000 };

export interface InstanceImageSpec {
  readonly bake: string;
  readonly template: string;
  /** Besides those of Kiln. */
  readonly tags: Tags;
  readonly description: string;
  /** Milliseconds until AWS must have made it. */
  readonly within: number;
  readonly note: (message: string) => void;
}

/** An AMI that was made of an instance; it goes with the scope until it is kept. */
export interface InstanceImage {
  readonly id: AmiId;
  /** Whose it is: 12 digits; nothing where nobody told. */
  readonly account: string | undefined;
  /** Of its disks, the root's first. */
  readonly snapshots: readonly string[];
  /** As AWS has it. */
  readonly architecture: string;
  /** Tags it and its snapshots as an image that is published: `web@7`, and its tree's digest. */
  name(image: string, digest: string, signal: AbortSignal): Promise<void>;
  keep(): void;
}

/** Makes an AMI of an instance that has powered itself off, or of one of spare capacity while it runs. */
export async function createImage(
  aws: Aws,
  spec: InstanceImageSpec & { readonly instance: { readonly id: string; readonly spot: boolean } },
  scope: Scope,
  signal: AbortSignal,
): Promise<InstanceImage> {
  const { instance, within, note } = spec;
  if (!instance.spot) await waitUntilStopped(aws, instance.id, note, signal);
  const { id, keep } = await makeImage(aws, newImage(spec), () => ask(aws, spec, signal), scope, signal);
  const pace = { first: 2000, longest: 30_000, within };
  const made = await awaitImage(aws, id, { pace, note }, signal);
  const snapshots = snapshotsOf(made);
  await wantImdsV2(aws, made, signal);
  if (aws.emulated) await setTags(aws, snapshots, tagsOfNew(spec), signal);
  return {
    id,
    account: await accountToNote(aws, signal),
    snapshots,
    architecture: made.Architecture ?? '',
    name: (image, digest, both) =>
      setTags(aws, [id, ...snapshots], tagsOfPublished(image, digest, spec), both),
    keep,
  };
}

/** Its instances answer for their metadata by IMDSv2 alone, unless whoever starts one says otherwise. */
async function wantImdsV2(
  aws: Aws,
  { ImageId, ImdsSupport }: Pick<Image, 'ImageId' | 'ImdsSupport'>,
  signal: AbortSignal,
): Promise<void> {
  if (ImdsSupport === 'v2.0') return;
  const { ModifyImageAttributeCommand } = await import('@aws-sdk/client-ec2');
  const change = new ModifyImageAttributeCommand({ ImageId, ImdsSupport: { Value: 'v2.0' } });
  await onceKnown(() => aws.make(change, signal), signal);
}

/** An instance that is of an orderly mind powers itself off; one that does not is stopped from outside. */
async function waitUntilStopped(
  aws: Aws,
  id: string,
  note: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { StopInstancesCommand } = await import('@aws-sdk/client-ec2');
  const stopped = async () => {
    const now = await instanceState(aws, id, signal);
    if (now.State?.Name === 'stopped') return true;
    if (now.State?.Name !== 'terminated' && now.State?.Name !== 'shutting-down') return undefined;
    throw new Fault('MACHINE_LOST', `the instance ${id} is gone before an image was made of it`, {
      details: [stateText(now)],
    });
  };
  const byItself = await until(`the instance ${id} is off`, stopped, POWER_OFF, signal).catch(ifLate);
  if (byItself) return;
  note(`the instance ${id} did not power itself off: it is stopped from outside`);
  await aws.make(new StopInstancesCommand({ InstanceIds: [id] }), signal);
  await until(`the instance ${id} is stopped`, stopped, STOPPED, signal);
}

async function ask(aws: Aws, spec: Parameters<typeof createImage>[1], signal: AbortSignal): Promise<AmiId> {
  const { CreateImageCommand } = await import('@aws-sdk/client-ec2');
  const { description, instance } = spec;
  const command = new CreateImageCommand({
    InstanceId: instance.id,
    Name: newImage(spec).name,
    Description: description,
    // One that runs would be started anew, and make what was sealed again.
    NoReboot: true,
    TagSpecifications: tagSpecifications(taggedByCreateImage(aws), tagsOfNew(spec)),
  });
  const attempt = async () => {
    try {
      const { ImageId = '' } = await aws.make(command, signal);
      return ImageId as AmiId;
    } catch (error) {
      const code = error instanceof Fault ? awsCode(error.cause) : '';
      if (/^Incorrect(Instance)?State$/.test(code)) return undefined;
      throw error;
    }
  };
  return await until(`AWS makes an image of ${instance.id}`, attempt, ACCEPTED, signal);
}
