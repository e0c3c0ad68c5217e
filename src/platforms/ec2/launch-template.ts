import type { LaunchTemplate, RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import { digestOf } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import type { CloudPlace, InstanceIdentity, InstanceSpec } from '../launcher.ts';
import { allPages } from './all-pages.ts';
import type { Aws } from './aws.ts';
import { unlessGone } from './aws-errors.ts';
import { TEMPLATE_TAG } from './instance-tags.ts';
import { isRefused, whenListed } from './owned.ts';
import { BAKE_TAG, ENVIRONMENT_TAG, tagSpecifications, tagsOf } from './tags.ts';
import { onceKnown } from './until.ts';

/** Of which launch template instances of an image are started in an environment. */
export type TemplateOf = Pick<InstanceIdentity, 'environment' | 'template'>;

/** A version that instances can be started from. */
export interface TemplateVersion {
  readonly id: string;
  readonly version: string;
  /** The scope removes it no longer. */
  keep(): void;
}

/** IMDSv2 alone, and only from the instance itself. */
export const METADATA = {
  HttpTokens: 'required',
  HttpEndpoint: 'enabled',
  HttpPutResponseHopLimit: 1,
} as const;

/** A name of either may have `-` in it, but no `/`; AWS takes 128 characters. */
export function templateName({ environment, template }: TemplateOf): string {
  return `kiln/${environment}/${template}`.slice(0, 128);
}

/**
 * The version of an image's launch template that belongs to a launch: that of the launch's first instance, which makes
 * it, and makes the template where there is none; what was made goes with the scope. A version is not the default, by
 * which others start instances, unless it is the first one; those of earlier launches stay, as long as the template does.
 */
export async function templateVersion(
  aws: Aws,
  spec: InstanceSpec,
  place: CloudPlace,
  scope: Scope,
  signal: AbortSignal,
): Promise<TemplateVersion> {
  const { launch, environment } = spec;
  const name = templateName(spec);
  const known = await findTemplate(aws, spec, signal);
  const data = templateData(spec, place);
  const token = digestOf(`${name} ${launch}`).slice(-64);
  if (known === undefined) {
    const { CreateLaunchTemplateCommand } = await import('@aws-sdk/client-ec2');
    const command = new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: data,
      VersionDescription: launch,
      ClientToken: token,
      TagSpecifications: tagSpecifications(['launch-template'], {
        Name: name,
        [BAKE_TAG]: launch,
        [ENVIRONMENT_TAG]: environment,
        [TEMPLATE_TAG]: spec.template,
        'kiln.purpose': 'launch',
      }),
    });
    const keep = scope.defer(`launch template ${name}`, (cleanup) =>
      removeTemplate(aws, spec, cleanup, launch),
    );
    const { LaunchTemplate } = await aws.make(command, signal).catch((error: unknown) => {
      if (isRefused(error)) keep();
      throw error;
    });
    return { id: LaunchTemplate?.LaunchTemplateId ?? '', version: '1', keep };
  }
  const id = known.LaunchTemplateId ?? '';
  const made = (await versionsOf(aws, id, signal)).find(({ description }) => description === launch);
  if (made !== undefined) return { id, version: made.version, keep() {} };
  const { CreateLaunchTemplateVersionCommand } = await import('@aws-sdk/client-ec2');
  const command = new CreateLaunchTemplateVersionCommand({
    LaunchTemplateId: id,
    LaunchTemplateData: data,
    VersionDescription: launch,
    ClientToken: token,
  });
  const keep = scope.defer(`version of the launch template ${name}`, async (cleanup) => {
    // AWS may not know yet of one that was just made, whether its answer was heard or not.
    const listed = () => versionsOfLaunch(aws, id, launch, cleanup);
    for (const version of await whenListed(name, listed, cleanup))
      await removeVersion(aws, id, version, cleanup);
  });
  const { LaunchTemplateVersion } = await aws.make(command, signal).catch((error: unknown) => {
    if (isRefused(error)) keep();
    throw error;
  });
  return { id, version: String(LaunchTemplateVersion?.VersionNumber ?? ''), keep };
}

/** Nothing of a template that is gone. */
async function versionsOfLaunch(
  aws: Aws,
  id: string,
  launch: string,
  signal: AbortSignal,
): Promise<string[]> {
  const versions = (await versionsOf(aws, id, signal).catch(unlessGone)) ?? [];
  return versions.flatMap(({ version, description }) => (description === launch ? [version] : []));
}

/** What all instances of an image have in common. */
function templateData({ form }: InstanceSpec, place: CloudPlace): RequestLaunchTemplateData {
  const { instanceType, securityGroups, profile, keyName } = place;
  return {
    ImageId: form,
    InstanceType: instanceType as NonNullable<RequestLaunchTemplateData['InstanceType']>,
    SecurityGroupIds: [...securityGroups],
    MetadataOptions: METADATA,
    ...(profile === undefined ? {} : { IamInstanceProfile: { Name: profile } }),
    ...(keyName === undefined ? {} : { KeyName: keyName }),
  };
}

/** Makes a launch's version the default, where it is not. */
export async function adoptVersion(
  aws: Aws,
  of: TemplateOf & Pick<InstanceIdentity, 'launch'>,
  signal: AbortSignal,
): Promise<void> {
  const id = (await findTemplate(aws, of, signal))?.LaunchTemplateId;
  if (id === undefined) return;
  const versions = await onceKnown(() => versionsOf(aws, id, signal), signal);
  const own = versions.find(({ description }) => description === of.launch);
  if (own === undefined || own.isDefault) return;
  const { ModifyLaunchTemplateCommand } = await import('@aws-sdk/client-ec2');
  const command = new ModifyLaunchTemplateCommand({ LaunchTemplateId: id, DefaultVersion: own.version });
  await aws.make(command, signal);
}

/**
 * Removes an image's launch template from an environment with all its versions, if there is one of ours; with a launch
 * only if that has made it.
 */
export async function removeTemplate(
  aws: Aws,
  of: TemplateOf,
  signal: AbortSignal,
  launch?: string,
): Promise<void> {
  const { DeleteLaunchTemplateCommand } = await import('@aws-sdk/client-ec2');
  const known = await findTemplate(aws, of, signal);
  if (known?.LaunchTemplateId === undefined) return;
  if (launch !== undefined && tagsOf(known.Tags)[BAKE_TAG] !== launch) return;
  const command = new DeleteLaunchTemplateCommand({ LaunchTemplateId: known.LaunchTemplateId });
  await aws.make(command, signal).catch(unlessGone);
}

/** Removes a version of a launch template, which must not be the default; what is gone already is no failure. */
export async function removeVersion(
  aws: Aws,
  LaunchTemplateId: string,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  const { DeleteLaunchTemplateVersionsCommand } = await import('@aws-sdk/client-ec2');
  const command = new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: [version] });
  const told = await aws.make(command, signal).catch(unlessGone);
  // What cannot be removed makes no error of the call.
  const refused = told?.UnsuccessfullyDeletedLaunchTemplateVersions?.[0]?.ResponseError;
  if (refused === undefined || /DoesNotExist$/.test(refused.Code ?? '')) return;
  throw new Fault('CLOUD_FAILED', `AWS does not remove version ${version} of ${LaunchTemplateId}`, {
    details: [`${refused.Code}: ${refused.Message}`],
    hint: 'Remove it by hand, when another version is the default.',
  });
}

/** `CLOUD_FAILED` for one of that name that is somebody else's. */
async function findTemplate(
  aws: Aws,
  of: TemplateOf,
  signal: AbortSignal,
): Promise<LaunchTemplate | undefined> {
  const { DescribeLaunchTemplatesCommand } = await import('@aws-sdk/client-ec2');
  const name = templateName(of);
  const asked = aws.ask(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [name] }), signal);
  const found = await asked.then(
    ({ LaunchTemplates = [] }) => LaunchTemplates[0],
    (error: unknown) => unlessGone(error),
  );
  if (found === undefined) return undefined;
  const tags = tagsOf(found.Tags);
  if (tags[BAKE_TAG] !== undefined && tags[ENVIRONMENT_TAG] === of.environment) return found;
  throw new Fault('CLOUD_FAILED', `the launch template ${name} in ${aws.region} was not made by Kiln`, {
    details: [`it has no tag ${BAKE_TAG}, or ${ENVIRONMENT_TAG} of another environment`],
    hint: 'Rename or remove it: Kiln changes nothing that it did not make.',
  });
}

async function versionsOf(
  aws: Aws,
  LaunchTemplateId: string,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly description: string; readonly isDefault: boolean }[]> {
  const { DescribeLaunchTemplateVersionsCommand } = await import('@aws-sdk/client-ec2');
  const versions = await allPages(async (NextToken) => {
    const command = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, NextToken });
    const { LaunchTemplateVersions = [], NextToken: next } = await aws.ask(command, signal);
    return { items: LaunchTemplateVersions, next };
  });
  return versions.map(({ VersionNumber, VersionDescription = '', DefaultVersion = false }) => ({
    version: String(VersionNumber),
    description: VersionDescription,
    isDefault: DefaultVersion,
  }));
}
