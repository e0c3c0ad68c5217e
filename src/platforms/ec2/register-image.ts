import type { ArchitectureValues } from '@aws-sdk/client-ec2';
import type { AmiId } from '../../core/form-id.ts';
import type { Scope } from '../../core/scope.ts';
import { awaitImage } from './await-image.ts';
import type { Aws } from './aws.ts';
import { volumeSize } from './disk-blocks.ts';
import { type ImageTags, tagsOfNew } from './image-tags.ts';
import { makeImage, newImage } from './make-image.ts';
import type { Owned } from './owned.ts';
import { tagSpecifications } from './tags.ts';
import type { Pace } from './until.ts';

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
 * instances answer for their metadata by IMDSv2 alone.
 */
export async function registerImage(
  aws: Aws,
  spec: AmiSpec,
  scope: Scope,
  signal: AbortSignal,
): Promise<Owned<AmiId>> {
  const { RegisterImageCommand } = await import('@aws-sdk/client-ec2');
  const { snapshot, architecture, description, volume } = spec;
  const of = newImage(spec);
  const command = new RegisterImageCommand({
    Name: of.name,
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
  const call = async () => (await aws.make(command, signal)).ImageId as AmiId;
  const made = await makeImage(aws, of, call, scope, signal);
  await awaitImage(aws, made.id, { pace: AVAILABLE }, signal);
  return made;
}
