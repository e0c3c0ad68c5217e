import type { LaunchTemplate } from '@aws-sdk/client-ec2';
import type { AmiId } from '../../core/form-id.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import type { AmiUser } from '../ami-region.ts';
import { allPages } from './all-pages.ts';
import type { Aws } from './aws.ts';
import { describeInstances } from './describe.ts';
import { BAKE_TAG, tagsOf } from './tags.ts';

/** Of what a filter takes. */
const MOST_VALUES = 200;
/** Launch templates that are asked for at once. */
const AT_ONCE = 4;

/** See `AmiRegion.users`. */
export async function amiUsers(
  aws: Aws,
  ids: readonly AmiId[],
  signal: AbortSignal,
): Promise<readonly AmiUser[]> {
  const asked = new Set(ids);
  const users = [...(await instancesOf(aws, ids, signal)), ...(await launchTemplatesOf(aws, signal))];
  return users.flatMap(({ ami, user }) => {
    const known = ami as AmiId;
    return asked.has(known) ? [{ ami: known, user }] : [];
  });
}

/** Something that names an AMI, which may be any. */
interface FoundUser {
  readonly ami: string;
  readonly user: string;
}

/** Those that were terminated need it no more. */
async function instancesOf(aws: Aws, ids: readonly AmiId[], signal: AbortSignal): Promise<FoundUser[]> {
  const states = ['pending', 'running', 'shutting-down', 'stopping', 'stopped'];
  const found: FoundUser[] = [];
  for (let first = 0; first < ids.length; first += MOST_VALUES) {
    const filters = [
      { Name: 'image-id', Values: ids.slice(first, first + MOST_VALUES) },
      { Name: 'instance-state-name', Values: states },
    ];
    for (const { InstanceId, ImageId = '', State } of await describeInstances(aws, filters, signal))
      found.push({ ami: ImageId, user: `instance ${InstanceId} (${State?.Name})` });
  }
  return found;
}

/**
 * Any version of a template can be launched by its number, so all count. Of those that Kiln made itself only the default
 * and the latest do: where a rollback leads its own history says.
 */
async function launchTemplatesOf(aws: Aws, signal: AbortSignal): Promise<FoundUser[]> {
  const { DescribeLaunchTemplatesCommand } = await import('@aws-sdk/client-ec2');
  const templates = await allPages(async (NextToken) => {
    const command = new DescribeLaunchTemplatesCommand({ MaxResults: 200, NextToken });
    const { LaunchTemplates = [], NextToken: next } = await aws.ask(command, signal);
    return { items: LaunchTemplates, next };
  });
  const users = await sideBySide(templates, AT_ONCE, (template) => versionsOf(aws, template, signal));
  return users.flat();
}

async function versionsOf(aws: Aws, template: LaunchTemplate, signal: AbortSignal): Promise<FoundUser[]> {
  const { DescribeLaunchTemplateVersionsCommand } = await import('@aws-sdk/client-ec2');
  const { LaunchTemplateId, LaunchTemplateName, Tags } = template;
  const isOwn = BAKE_TAG in tagsOf(Tags);
  const versions = await allPages(async (NextToken) => {
    const command = new DescribeLaunchTemplateVersionsCommand({
      LaunchTemplateId,
      MaxResults: 200,
      NextToken,
      ...(isOwn ? { Versions: ['$Default', '$Latest'] } : {}),
    });
    const { LaunchTemplateVersions = [], NextToken: next } = await aws.ask(command, signal);
    return { items: LaunchTemplateVersions, next };
  });
  // The latest may be the default, and is told twice then.
  const once = new Map(versions.map((version) => [version.VersionNumber, version]));
  return [...once.values()].map(({ LaunchTemplateData, VersionNumber, DefaultVersion }) => ({
    ami: LaunchTemplateData?.ImageId ?? '',
    user: `launch template ${LaunchTemplateName}, version ${VersionNumber}${DefaultVersion ? ' (its default)' : ''}`,
  }));
}
