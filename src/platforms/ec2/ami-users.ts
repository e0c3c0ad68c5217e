import type { LaunchTemplate, LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import { Fault } from '../../core/fault.ts';
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
  const users = [...(await instancesOf(aws, ids, signal)), ...(await launchTemplatesOf(aws, signal))];
  return users.flatMap(({ ami, user }) => {
    const named = ids.filter((id) => ami === undefined || ami === id);
    return named.map((id) => ({ ami: id, user }));
  });
}

/** Something that names an AMI. */
interface FoundUser {
  /** Absent where it could not be found out: it may be any. */
  readonly ami?: string;
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
  const versions = await describeVersions(aws, template, {}, signal);
  if (!versions.some(byParameter)) return versions.map((version) => userOf(template, version));
  try {
    const resolved = await describeVersions(aws, template, { ResolveAlias: true }, signal);
    return resolved.map((version) => userOf(template, version));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Fault)) throw error;
    return versions.map((version) => userOf(template, version, ` (${error.message})`));
  }
}

/** Where a parameter says the AMI, AWS says which that is only where it is asked to, and by those who may read it. */
async function describeVersions(
  aws: Aws,
  { LaunchTemplateId, Tags }: LaunchTemplate,
  how: { readonly ResolveAlias?: true },
  signal: AbortSignal,
): Promise<LaunchTemplateVersion[]> {
  const { DescribeLaunchTemplateVersionsCommand } = await import('@aws-sdk/client-ec2');
  const isOwn = BAKE_TAG in tagsOf(Tags);
  const versions = await allPages(async (NextToken) => {
    const command = new DescribeLaunchTemplateVersionsCommand({
      ...how,
      LaunchTemplateId,
      MaxResults: 200,
      NextToken,
      ...(isOwn ? { Versions: ['$Default', '$Latest'] } : {}),
    });
    const { LaunchTemplateVersions = [], NextToken: next } = await aws.ask(command, signal);
    return { items: LaunchTemplateVersions, next };
  });
  // The latest may be the default, and is told twice then.
  return [...new Map(versions.map((version) => [version.VersionNumber, version])).values()];
}

function byParameter({ LaunchTemplateData }: LaunchTemplateVersion): boolean {
  return LaunchTemplateData?.ImageId?.startsWith('resolve:ssm:') ?? false;
}

function userOf({ LaunchTemplateName }: LaunchTemplate, version: LaunchTemplateVersion, why = ''): FoundUser {
  const { LaunchTemplateData, VersionNumber, DefaultVersion } = version;
  const ami = LaunchTemplateData?.ImageId ?? '';
  const user = `launch template ${LaunchTemplateName}, version ${VersionNumber}${DefaultVersion ? ' (its default)' : ''}`;
  if (!byParameter(version)) return { ami, user };
  return { user: `perhaps ${user}, which names ${ami}, not resolved by AWS${why},` };
}
