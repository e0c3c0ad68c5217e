import type { ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-ec2';
import type { CloudKind, CloudThing } from '../cloud-leftovers.ts';
import { type Aws, actionOf, type Ec2Command } from './aws.ts';
import { taggedByCreateImage } from './image-tags.ts';
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
export type DryRun = (signal: AbortSignal) => Promise<unknown>;

/** Dry runs by their action; those of which there is nothing to be about are not among them. */
export async function dryRuns(
  aws: Aws,
  { ours, image }: DryRunSubjects,
): Promise<ReadonlyMap<string, DryRun>> {
  const sdk = await import('@aws-sdk/client-ec2');
  const runs = new Map<string, DryRun>();
  function add<I, In extends ServiceInputTypes, Out extends ServiceOutputTypes>(
    Command: new (input: I & { DryRun: true }) => Ec2Command<In, Out>,
    input: I,
  ): void {
    const command = new Command({ ...input, DryRun: true });
    runs.set(actionOf(command), (signal) => aws.ask(command, signal));
  }

  add(sdk.DescribeAddressesCommand, {});
  add(sdk.DescribeImagesCommand, { Owners: ['self'] });
  add(sdk.DescribeInstanceStatusCommand, {});
  add(sdk.DescribeInstancesCommand, {});
  add(sdk.DescribeKeyPairsCommand, {});
  add(sdk.DescribeLaunchTemplateVersionsCommand, { Versions: ['$Default'] });
  add(sdk.DescribeLaunchTemplatesCommand, {});
  add(sdk.DescribeRegionsCommand, {});
  add(sdk.DescribeSecurityGroupsCommand, {});
  add(sdk.DescribeSnapshotsCommand, { OwnerIds: ['self'] });
  add(sdk.DescribeSubnetsCommand, {});
  add(sdk.DescribeVolumesCommand, {});
  add(sdk.DescribeVpcsCommand, {});
  add(sdk.ImportKeyPairCommand, {
    KeyName: NAME,
    PublicKeyMaterial: Buffer.from(PUBLIC_KEY),
    TagSpecifications: tagSpecifications(['key-pair'], TAGS),
  });
  add(sdk.CreateSecurityGroupCommand, {
    GroupName: NAME,
    Description: NAME,
    TagSpecifications: tagSpecifications(['security-group'], TAGS),
  });
  const LaunchTemplateData = { ImageId: image };
  add(sdk.CreateLaunchTemplateCommand, {
    LaunchTemplateName: NAME,
    LaunchTemplateData,
    TagSpecifications: tagSpecifications(['launch-template'], TAGS),
  });
  if (image !== undefined) {
    add(sdk.RunInstancesCommand, {
      ...{ ImageId: image, MinCount: 1, MaxCount: 1, MetadataOptions: { HttpTokens: 'required' } as const },
      TagSpecifications: tagSpecifications(['instance', 'volume'], TAGS),
    });
  }
  const instance = ours('instance')?.id;
  if (instance !== undefined) {
    add(sdk.StopInstancesCommand, { InstanceIds: [instance] });
    add(sdk.TerminateInstancesCommand, { InstanceIds: [instance] });
    add(sdk.GetConsoleOutputCommand, { InstanceId: instance });
    const TagSpecifications = tagSpecifications(taggedByCreateImage(aws), TAGS);
    add(sdk.CreateImageCommand, { InstanceId: instance, Name: NAME, TagSpecifications });
  }
  const ImageId = ours('AMI')?.id;
  if (ImageId !== undefined) {
    add(sdk.DescribeImageAttributeCommand, { ImageId, Attribute: 'launchPermission' as const });
    add(sdk.ModifyImageAttributeCommand, { ImageId, LaunchPermission: { Add: [] } });
    const DeprecateAt = new Date('2099-01-01T00:00:00Z');
    add(sdk.EnableImageDeprecationCommand, { ImageId, DeprecateAt });
    add(sdk.DeregisterImageCommand, { ImageId });
    add(sdk.CopyImageCommand, { Name: NAME, SourceImageId: ImageId, SourceRegion: aws.region });
  }
  const SnapshotId = ours('snapshot')?.id ?? ours('AMI')?.parts[0];
  if (SnapshotId !== undefined) {
    add(sdk.DescribeSnapshotAttributeCommand, { SnapshotId, Attribute: 'createVolumePermission' as const });
    add(sdk.ModifySnapshotAttributeCommand, { SnapshotId, CreateVolumePermission: { Add: [] } });
    add(sdk.DeleteSnapshotCommand, { SnapshotId });
    add(sdk.CreateTagsCommand, { Resources: [SnapshotId], Tags: tagList(TAGS) });
    const RootDeviceName = '/dev/xvda';
    add(sdk.RegisterImageCommand, {
      ...{ Name: NAME, RootDeviceName },
      BlockDeviceMappings: [{ DeviceName: RootDeviceName, Ebs: { SnapshotId } }],
      TagSpecifications: tagSpecifications(['image'], TAGS),
    });
  }
  const volume = ours('volume')?.id;
  if (volume !== undefined) add(sdk.DeleteVolumeCommand, { VolumeId: volume });
  const key = ours('key pair')?.id;
  if (key !== undefined) add(sdk.DeleteKeyPairCommand, { KeyName: key });
  const GroupId = ours('security group')?.id;
  if (GroupId !== undefined) {
    add(sdk.DeleteSecurityGroupCommand, { GroupId });
    const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '192.0.2.1/32' }] };
    const TagSpecifications = tagSpecifications(['security-group-rule'], TAGS);
    add(sdk.AuthorizeSecurityGroupIngressCommand, { GroupId, IpPermissions: [ssh], TagSpecifications });
  }
  const LaunchTemplateId = ours('launch template')?.id;
  if (LaunchTemplateId !== undefined) {
    add(sdk.CreateLaunchTemplateVersionCommand, { LaunchTemplateId, LaunchTemplateData });
    add(sdk.ModifyLaunchTemplateCommand, { LaunchTemplateId, DefaultVersion: '1' });
    add(sdk.DeleteLaunchTemplateCommand, { LaunchTemplateId });
    add(sdk.DeleteLaunchTemplateVersionsCommand, { LaunchTemplateId, Versions: ['1'] });
  }
  return runs;
}
