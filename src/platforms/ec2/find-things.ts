import type { LaunchTemplate, LaunchTemplateVersion, Tag } from '@aws-sdk/client-ec2';
import { isBakeId } from '../../core/ids.ts';
import type { CloudKind, CloudThing } from '../cloud-leftovers.ts';
import { allPages } from './all-pages.ts';
import type { Aws } from './aws.ts';
import { describeImages, describeInstances, describeSnapshots } from './describe.ts';
import { LAUNCH_TAG, TEMPLATE_TAG } from './instance-tags.ts';
import { findTagged } from './read-instances.ts';
import { BAKE_TAG, ENVIRONMENT_TAG, IMAGE_TAG, tagsOf } from './tags.ts';

export interface Filter {
  readonly Name: string;
  readonly Values: string[];
}

type Find = (aws: Aws, filter: Filter, signal: AbortSignal) => Promise<CloudThing[]>;

/** Everything in a region that is tagged with a bake, launch or distribution, or with any; see `CloudLeftovers.tagged`. */
export async function findThings(
  aws: Aws,
  bake: string | undefined,
  signal: AbortSignal,
): Promise<CloudThing[]> {
  const filter =
    bake === undefined
      ? { Name: 'tag-key', Values: [BAKE_TAG] }
      : { Name: `tag:${BAKE_TAG}`, Values: [bake] };
  const kinds = [findInstances, findVolumes, findImages, findSnapshots, findKeys, findGroups, findTemplates];
  const found = [...kinds.map((find) => find(aws, filter, signal)), findVersions(aws, bake, signal)];
  return (await Promise.all(found)).flat();
}

/** Instances that were not terminated; one that is about to be may still hold what else goes. */
export const findInstances: Find = async (aws, filter, signal) => {
  const alive = { Name: 'instance-state-name', Values: ALIVE };
  const instances = await describeInstances(aws, [filter, alive], signal);
  return instances.flatMap(({ InstanceId, ImageId, Tags }) =>
    thing(aws, 'instance', InstanceId, Tags, [ImageId]),
  );
};

const ALIVE = ['pending', 'running', 'stopping', 'stopped', 'shutting-down'];

/** AMIs of this account with their snapshots: those that they name, and those that their descriptions say are theirs. */
export const findImages: Find = async (aws, filter, signal) => {
  const images = await describeImages(aws, { owner: 'self', filters: [filter] }, signal);
  return images.flatMap(({ ImageId, Tags, BlockDeviceMappings = [] }) =>
    thing(
      aws,
      'AMI',
      ImageId,
      Tags,
      BlockDeviceMappings.map(({ Ebs }) => Ebs?.SnapshotId),
    ),
  );
};

const findVolumes: Find = async (aws, filter, signal) => {
  const { DescribeVolumesCommand } = await import('@aws-sdk/client-ec2');
  const volumes = await allPages(async (NextToken) => {
    const command = new DescribeVolumesCommand({ Filters: [filter], MaxResults: 500, NextToken });
    const { Volumes = [], NextToken: next } = await aws.ask(command, signal);
    return { items: Volumes, next };
  });
  return volumes.flatMap(({ VolumeId, Tags, Attachments = [] }) =>
    thing(
      aws,
      'volume',
      VolumeId,
      Tags,
      Attachments.map(({ InstanceId }) => InstanceId),
    ),
  );
};

export const findSnapshots: Find = async (aws, filter, signal) => {
  const snapshots = await describeSnapshots(aws, [filter], signal);
  return snapshots.flatMap(({ SnapshotId, Tags }) => thing(aws, 'snapshot', SnapshotId, Tags));
};

/** AWS gives all of them at once. */
const findKeys: Find = async (aws, filter, signal) => {
  const { DescribeKeyPairsCommand } = await import('@aws-sdk/client-ec2');
  const { KeyPairs = [] } = await aws.ask(new DescribeKeyPairsCommand({ Filters: [filter] }), signal);
  return KeyPairs.flatMap(({ KeyName, Tags }) => thing(aws, 'key pair', KeyName, Tags));
};

const findGroups: Find = async (aws, filter, signal) => {
  const { DescribeSecurityGroupsCommand } = await import('@aws-sdk/client-ec2');
  const groups = await allPages(async (NextToken) => {
    const command = new DescribeSecurityGroupsCommand({ Filters: [filter], MaxResults: 1000, NextToken });
    const { SecurityGroups = [], NextToken: next } = await aws.ask(command, signal);
    return { items: SecurityGroups, next };
  });
  return groups.flatMap(({ GroupId, Tags }) => thing(aws, 'security group', GroupId, Tags));
};

const findTemplates: Find = async (aws, filter, signal) => {
  const templates = await describeTemplates(aws, filter, signal);
  return templates.flatMap(({ LaunchTemplateId, Tags }) =>
    thing(aws, 'launch template', LaunchTemplateId, Tags),
  );
};

async function describeTemplates(aws: Aws, filter: Filter, signal: AbortSignal): Promise<LaunchTemplate[]> {
  const { DescribeLaunchTemplatesCommand } = await import('@aws-sdk/client-ec2');
  return await allPages(async (NextToken) => {
    const command = new DescribeLaunchTemplatesCommand({ Filters: [filter], MaxResults: 200, NextToken });
    const { LaunchTemplates = [], NextToken: next } = await aws.ask(command, signal);
    return { items: LaunchTemplates, next };
  });
}

/**
 * The latest versions of our launch templates that are not the default, of launches that have no instance of that image
 * there. A version has no tags: it says in its description which launch made it.
 */
async function findVersions(
  aws: Aws,
  launch: string | undefined,
  signal: AbortSignal,
): Promise<CloudThing[]> {
  const latest = (await latestVersions(aws, signal)).filter(({ VersionDescription: of = '' }) =>
    launch === undefined ? isBakeId(of) : of === launch,
  );
  if (latest.length === 0) return [];
  const ours = await describeTemplates(aws, { Name: 'tag-key', Values: [BAKE_TAG] }, signal);
  const found: CloudThing[] = [];
  for (const { LaunchTemplateId, VersionNumber, VersionDescription: bake = '' } of latest) {
    const template = ours.find((one) => one.LaunchTemplateId === LaunchTemplateId);
    if (template === undefined) continue;
    const { [ENVIRONMENT_TAG]: environment = '', [TEMPLATE_TAG]: name = '' } = tagsOf(template.Tags);
    const ofIt = { [ENVIRONMENT_TAG]: environment, [TEMPLATE_TAG]: name, [LAUNCH_TAG]: bake };
    if ((await findTagged(aws, ofIt, signal)).length > 0) continue;
    const id = `${LaunchTemplateId}/${VersionNumber}`;
    found.push({ kind: 'launch template version', region: aws.region, id, bake, parts: [] });
  }
  return found;
}

async function latestVersions(aws: Aws, signal: AbortSignal): Promise<LaunchTemplateVersion[]> {
  const { DescribeLaunchTemplateVersionsCommand } = await import('@aws-sdk/client-ec2');
  const all = await allPages(async (NextToken) => {
    const which = { Versions: ['$Latest'], MaxResults: 200, NextToken };
    const asked = aws.ask(new DescribeLaunchTemplateVersionsCommand(which), signal);
    const { LaunchTemplateVersions = [], NextToken: next } = await asked;
    return { items: LaunchTemplateVersions, next };
  });
  return all.filter(({ DefaultVersion }) => !DefaultVersion);
}

function thing(
  { region }: Aws,
  kind: CloudKind,
  id: string | undefined,
  list: Tag[] | undefined,
  parts: readonly (string | undefined)[] = [],
): CloudThing[] {
  if (id === undefined) return [];
  const tags = tagsOf(list);
  const { [BAKE_TAG]: bake, [ENVIRONMENT_TAG]: environment, [IMAGE_TAG]: image } = tags;
  return [
    {
      kind,
      region,
      id,
      ...(bake === undefined ? {} : { bake }),
      ...(environment === undefined ? {} : { environment }),
      ...(image === undefined ? {} : { image }),
      parts: parts.flatMap((part) => part ?? []),
    },
  ];
}
