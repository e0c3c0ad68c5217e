import type { ArchitectureValues } from '@aws-sdk/client-ec2';
import { Fault } from '../../core/fault.ts';
import type { AmiId } from '../../core/form-id.ts';
import type { Scope } from '../../core/scope.ts';
import type { Aws } from './aws.ts';
import { awsCode } from './aws-errors.ts';
import { volumeSize } from './disk-blocks.ts';
import { type ImageTags, tagsOfNew } from './image-tags.ts';
import { makeOwned, type Owned } from './owned.ts';
import { deregisterImage } from './remove-image.ts';
import { tagSpecifications } from './tags.ts';
import { onceKnown, type Pace, until } from './until.ts';

const AVAILABLE: Pace = { first: 500, longest: 15_000, within: 3_600_000 };
const ROOT = '/dev/xvda';

export interface AmiSpec extends ImageTags {
  readonly snapshot: string;
  readonly architecture: string;
  readonly description: string;
  /** Bytes. */
  readonly volume?: number;
}

/**
 * Makes an AMI of a snapshot, and waits until it can be launched: it boots by UEFI, has ENA and a gp3 root, and its
 * instances answer for their metadata by IMDSv2 alone. There is no token that makes the call idempotent, so its name
 * has the bake in it: the second time, the first one's AMI is found by it.
 */
export async function registerImage(
  aws: Aws,
  spec: AmiSpec,
  scope: Scope,
  signal: AbortSignal,
): Promise<Owned<AmiId>> {
  const { RegisterImageCommand } = await import('@aws-sdk/client-ec2');
  const { bake, template, snapshot, architecture, description, volume } = spec;
  const { region } = aws;
  const name = `kiln/${template}/${bake}`;
  const command = new RegisterImageCommand({
    Name: name,
    Description: description,
    Architecture: architecture as ArchitectureValues,
    BootMode: 'uefi',
    VirtualizationType: 'hvm',
    EnaSupport: true,
    ImdsSupport: 'v2.0',
    RootDeviceName: ROOT,
    BlockDeviceMappings: [
      {
        DeviceName: ROOT,
        Ebs: {
          SnapshotId: snapshot,
          VolumeType: 'gp3',
          DeleteOnTermination: true,
          ...(volume === undefined ? {} : { VolumeSize: volumeSize(volume) }),
        },
      },
    ],
    TagSpecifications: tagSpecifications(['image'], tagsOfNew(spec)),
  });
  const made = await makeOwned<AmiId>(
    {
      label: `AMI of ${template} in ${region}`,
      intent: scope.intend({ kind: 'cloud', region, bake }),
      async make() {
        try {
          const send = (abortSignal: AbortSignal) => aws.ec2.send(command, { abortSignal });
          const { ImageId } = await aws.make('ec2:RegisterImage', send, signal);
          return ImageId as AmiId;
        } catch (error) {
          const first = isDuplicate(error) ? await imagesOfName(aws, name, signal) : [];
          if (first[0] === undefined) throw error;
          return first[0];
        }
      },
      find: async (both) => await imagesOfName(aws, name, both),
      remove: async (id, both) => await deregisterImage(aws, id, both),
    },
    scope,
    signal,
  );
  const intent = scope.intend({ kind: 'ami', region, id: made.id });
  await awaitImage(aws, made.id, signal);
  return {
    id: made.id,
    keep() {
      made.keep();
      intent.settle();
    },
  };
}

/** Waits until an AMI can be launched; `CLOUD_FAILED` with AWS's reason when it never will be. */
export async function awaitImage(aws: Aws, id: AmiId, signal: AbortSignal, pace = AVAILABLE): Promise<void> {
  const { DescribeImagesCommand } = await import('@aws-sdk/client-ec2');
  const command = new DescribeImagesCommand({ ImageIds: [id] });
  const describe = async () => {
    const { Images = [] } = await aws.ask(
      'ec2:DescribeImages',
      (abortSignal) => aws.ec2.send(command, { abortSignal }),
      signal,
    );
    return Images[0];
  };
  const isAvailable = async () => {
    const { State, StateReason } = (await onceKnown(describe, signal)) ?? {};
    if (State === 'available') return true;
    if (State === undefined || State === 'pending' || State === 'transient') return undefined;
    throw new Fault('CLOUD_FAILED', `AWS could not make the AMI ${id}: it is ${State}`, {
      details: StateReason?.Message === undefined ? [] : [StateReason.Message],
    });
  };
  await until(`the AMI ${id} is available`, isAvailable, pace, signal);
}

function isDuplicate(error: unknown): boolean {
  return error instanceof Fault && awsCode(error.cause) === 'InvalidAMIName.Duplicate';
}

/** The AMI of this name, if there is one: the bake in it makes the name nobody else's. */
async function imagesOfName(aws: Aws, name: string, signal: AbortSignal): Promise<AmiId[]> {
  const { DescribeImagesCommand } = await import('@aws-sdk/client-ec2');
  const command = new DescribeImagesCommand({
    Owners: ['self'],
    Filters: [{ Name: 'name', Values: [name] }],
  });
  const { Images = [] } = await aws.ask(
    'ec2:DescribeImages',
    (abortSignal) => aws.ec2.send(command, { abortSignal }),
    signal,
  );
  return Images.map(({ ImageId }) => ImageId as AmiId);
}
