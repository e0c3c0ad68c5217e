import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import type { Aws } from './aws.ts';
import { awsCode, isNotFound, unless } from './aws-errors.ts';
import { intendInCloud } from './intend-in-cloud.ts';
import { makeOwned } from './owned.ts';
import { BAKE_TAG, type Tags, tagSpecifications } from './tags.ts';
import type { Temporary } from './temporary-key.ts';
import { CONSISTENT, onceKnown, type Pace, until } from './until.ts';

const SSH_PORT = 22;
/** A terminated instance's network interface goes a while after it. */
const GROUP_FREE: Pace = { first: 1000, longest: 10_000, within: 180_000 };

/** A security group for one instance that lets one range in, to sshd alone. */
export async function temporaryGroup(
  aws: Aws,
  spec: { readonly name: string; readonly vpc: string; readonly from: string; readonly tags: Tags },
  scope: Scope,
  signal: AbortSignal,
): Promise<Temporary> {
  const { CreateSecurityGroupCommand } = await import('@aws-sdk/client-ec2');
  const { name, vpc, tags } = spec;
  const command = new CreateSecurityGroupCommand({
    GroupName: name,
    Description: 'SSH into an instance that an image is baked in',
    VpcId: vpc,
    TagSpecifications: tagSpecifications(['security-group'], tags),
  });
  const find = async (both: AbortSignal) => await groupsOf(aws, spec, both);
  const made = performance.now();
  const remove = async (id: string, cleanup: AbortSignal) => await deleteGroup(aws, { id, made }, cleanup);
  const { id, keep } = await makeOwned(
    {
      label: `security group ${name}`,
      intent: await intendInCloud(aws, tags[BAKE_TAG] ?? '', scope, signal),
      async make() {
        try {
          const { GroupId = '' } = await aws.make(command, signal);
          return GroupId;
        } catch (error) {
          unless('InvalidGroup.Duplicate')(error);
          const [first] = await find(signal);
          if (first === undefined) throw error;
          return first;
        }
      },
      find,
      remove,
    },
    scope,
    signal,
  );
  await openFor(aws, id, spec, signal);
  return {
    id,
    async remove() {
      await remove(id, new AbortController().signal);
      keep();
    },
  };
}

async function openFor(
  aws: Aws,
  GroupId: string,
  { from, tags }: { readonly from: string; readonly tags: Tags },
  signal: AbortSignal,
): Promise<void> {
  const { AuthorizeSecurityGroupIngressCommand } = await import('@aws-sdk/client-ec2');
  const Description = 'whoever bakes';
  const range = from.includes(':')
    ? { Ipv6Ranges: [{ CidrIpv6: from, Description }] }
    : { IpRanges: [{ CidrIp: from, Description }] };
  const command = new AuthorizeSecurityGroupIngressCommand({
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: SSH_PORT, ToPort: SSH_PORT, ...range }],
    TagSpecifications: tagSpecifications(['security-group-rule'], tags),
  });
  await onceKnown(() => aws.make(command, signal), signal).catch(unless('InvalidPermission.Duplicate'));
}

/** The groups of this name that this bake made. */
async function groupsOf(
  aws: Aws,
  { name, vpc, tags }: { readonly name: string; readonly vpc: string; readonly tags: Tags },
  signal: AbortSignal,
): Promise<string[]> {
  const { DescribeSecurityGroupsCommand } = await import('@aws-sdk/client-ec2');
  const command = new DescribeSecurityGroupsCommand({
    Filters: [
      { Name: 'vpc-id', Values: [vpc] },
      { Name: 'group-name', Values: [name] },
      { Name: `tag:${BAKE_TAG}`, Values: [tags[BAKE_TAG] ?? ''] },
    ],
  });
  const { SecurityGroups = [] } = await aws.ask(command, signal);
  return SecurityGroups.map(({ GroupId = '' }) => GroupId);
}

/** Tries until nothing has it any more: AWS refuses that while an interface does, and may not know it yet. */
async function deleteGroup(
  aws: Aws,
  { id: GroupId, made }: { readonly id: string; readonly made: number },
  signal: AbortSignal,
): Promise<void> {
  const { DeleteSecurityGroupCommand } = await import('@aws-sdk/client-ec2');
  const attempt = async () => {
    try {
      await aws.make(new DeleteSecurityGroupCommand({ GroupId }), signal);
      return true;
    } catch (error) {
      if (isNotFound(error)) return performance.now() - made > CONSISTENT.within ? true : undefined;
      if (error instanceof Fault && awsCode(error.cause) === 'DependencyViolation') return undefined;
      throw error;
    }
  };
  await until(`the security group ${GroupId} is free to go`, attempt, GROUP_FREE, signal);
}
