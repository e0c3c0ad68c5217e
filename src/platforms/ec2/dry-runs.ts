import type { EC2Client } from '@aws-sdk/client-ec2';
import type { CloudKind, CloudThing } from '../cloud-leftovers.ts';
import type { Aws } from './aws.ts';
import { BAKE_TAG, tagList, tagSpecifications } from './tags.ts';

/** A name that nothing has. */
const NAME = 'kiln-doctor';
const TAGS = { [BAKE_TAG]: NAME };
/** A public key whose private half is nowhere. */
const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA kiln-doctor';

/** What a dry run is asked about, where the action is about something that is there. */
export interface DryRunSubjects {
  /** Something of ours of a kind; nothing where there is none. */
  readonly ours: (kind: CloudKind) => CloudThing | undefined;
  /** An AMI that instances can be started from, whoever made it. */
  readonly image: string | undefined;
}

/** Asks whether an action is allowed; AWS answers with an error in any case, `DryRunOperation` when it is. */
export type DryRun = (abortSignal: AbortSignal) => Promise<unknown>;

/** Dry runs by their action; those of which there is nothing to be about are not among them. */
export async function dryRuns(
  { ec2, region }: Aws,
  { ours, image }: DryRunSubjects,
): Promise<ReadonlyMap<string, DryRun>> {
  const sdk = await import('@aws-sdk/client-ec2');
  const runs = new Map<string, DryRun>();
  // The SDK's commands have no type in common that a call of any of them would take.
  type AnyCommand = Parameters<EC2Client['send']>[0];
  function add<I>(name: string, Command: new (input: I & { DryRun: true }) => object, input: I): void {
    const send = (abortSignal: AbortSignal) =>
      ec2.send(new Command({ ...input, DryRun: true }) as AnyCommand, { abortSignal });
    runs.set(`ec2:${name}`, send);
  }

  add('DescribeAddresses', sdk.DescribeAddressesCommand, {});
  add('DescribeImages', sdk.DescribeImagesCommand, { Owners: ['self'] });
  add('DescribeInstanceStatus', sdk.DescribeInstanceStatusCommand, {});
  add('DescribeInstances', sdk.DescribeInstancesCommand, {});
  add('DescribeKeyPairs', sdk.DescribeKeyPairsCommand, {});
  add('DescribeLaunchTemplates', sdk.DescribeLaunchTemplatesCommand, {});
  add('DescribeRegions', sdk.DescribeRegionsCommand, {});
  add('DescribeSecurityGroups', sdk.DescribeSecurityGroupsCommand, {});
  add('DescribeSnapshots', sdk.DescribeSnapshotsCommand, { OwnerIds: ['self'] });
  add('DescribeSubnets', sdk.DescribeSubnetsCommand, {});
  add('DescribeVolumes', sdk.DescribeVolumesCommand, {});
  add('DescribeVpcs', sdk.DescribeVpcsCommand, {});
  add('ImportKeyPair', sdk.ImportKeyPairCommand, {
    KeyName: NAME,
    PublicKeyMaterial: Buffer.from(PUBLIC_KEY),
    TagSpecifications: tagSpecifications(['key-pair'], TAGS),
  });
  add('CreateSecurityGroup', sdk.CreateSecurityGroupCommand, {
    GroupName: NAME,
    Description: NAME,
    TagSpecifications: tagSpecifications(['security-group'], TAGS),
  });
  const LaunchTemplateData = { ImageId: image };
  add('CreateLaunchTemplate', sdk.CreateLaunchTemplateCommand, {
    LaunchTemplateName: NAME,
    LaunchTemplateData,
    TagSpecifications: tagSpecifications(['launch-template'], TAGS),
  });
  if (image !== undefined) {
    add('RunInstances', sdk.RunInstancesCommand, {
      ...{ ImageId: image, MinCount: 1, MaxCount: 1, MetadataOptions: { HttpTokens: 'required' } as const },
      TagSpecifications: tagSpecifications(['instance', 'volume'], TAGS),
    });
  }
  const instance = ours('instance')?.id;
  if (instance !== undefined) {
    add('StopInstances', sdk.StopInstancesCommand, { InstanceIds: [instance] });
    add('TerminateInstances', sdk.TerminateInstancesCommand, { InstanceIds: [instance] });
    add('GetConsoleOutput', sdk.GetConsoleOutputCommand, { InstanceId: instance });
    const TagSpecifications = tagSpecifications(['image'], TAGS);
    add('CreateImage', sdk.CreateImageCommand, { InstanceId: instance, Name: NAME, TagSpecifications });
  }
  const ImageId = ours('AMI')?.id;
  if (ImageId !== undefined) {
    const ofImage = { ImageId, Attribute: 'launchPermission' } as const;
    add('DescribeImageAttribute', sdk.DescribeImageAttributeCommand, ofImage);
    add('ModifyImageAttribute', sdk.ModifyImageAttributeCommand, { ImageId, LaunchPermission: { Add: [] } });
    const DeprecateAt = new Date('2099-01-01T00:00:00Z');
    add('EnableImageDeprecation', sdk.EnableImageDeprecationCommand, { ImageId, DeprecateAt });
    add('DeregisterImage', sdk.DeregisterImageCommand, { ImageId });
    add('CopyImage', sdk.CopyImageCommand, { Name: NAME, SourceImageId: ImageId, SourceRegion: region });
  }
  const SnapshotId = ours('snapshot')?.id ?? ours('AMI')?.parts[0];
  if (SnapshotId !== undefined) {
    const ofSnapshot = { SnapshotId, Attribute: 'createVolumePermission' } as const;
    add('DescribeSnapshotAttribute', sdk.DescribeSnapshotAttributeCommand, ofSnapshot);
    const CreateVolumePermission = { Add: [] };
    add('ModifySnapshotAttribute', sdk.ModifySnapshotAttributeCommand, {
      SnapshotId,
      CreateVolumePermission,
    });
    add('DeleteSnapshot', sdk.DeleteSnapshotCommand, { SnapshotId });
    add('CreateTags', sdk.CreateTagsCommand, { Resources: [SnapshotId], Tags: tagList(TAGS) });
    const RootDeviceName = '/dev/xvda';
    add('RegisterImage', sdk.RegisterImageCommand, {
      ...{ Name: NAME, RootDeviceName },
      BlockDeviceMappings: [{ DeviceName: RootDeviceName, Ebs: { SnapshotId } }],
      TagSpecifications: tagSpecifications(['image'], TAGS),
    });
  }
  const volume = ours('volume')?.id;
  if (volume !== undefined) add('DeleteVolume', sdk.DeleteVolumeCommand, { VolumeId: volume });
  const key = ours('key pair')?.id;
  if (key !== undefined) add('DeleteKeyPair', sdk.DeleteKeyPairCommand, { KeyName: key });
  const GroupId = ours('security group')?.id;
  if (GroupId !== undefined) {
    add('DeleteSecurityGroup', sdk.DeleteSecurityGroupCommand, { GroupId });
    const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '192.0.2.1/32' }] };
    const opened = { GroupId, IpPermissions: [ssh] };
    add('AuthorizeSecurityGroupIngress', sdk.AuthorizeSecurityGroupIngressCommand, opened);
  }
  const LaunchTemplateId = ours('launch template')?.id;
  if (LaunchTemplateId !== undefined) {
    const ofTemplate = { LaunchTemplateId };
    add('DescribeLaunchTemplateVersions', sdk.DescribeLaunchTemplateVersionsCommand, ofTemplate);
    const version = { LaunchTemplateId, LaunchTemplateData };
    add('CreateLaunchTemplateVersion', sdk.CreateLaunchTemplateVersionCommand, version);
    add('ModifyLaunchTemplate', sdk.ModifyLaunchTemplateCommand, { LaunchTemplateId, DefaultVersion: '1' });
    add('DeleteLaunchTemplate', sdk.DeleteLaunchTemplateCommand, ofTemplate);
  }
  return runs;
}
