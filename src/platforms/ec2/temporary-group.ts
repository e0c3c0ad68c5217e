import { Fault } from '../../core/fault.ts';
import type { Scope } from '../../core/scope.ts';
import type { Aws } from './aws.ts';
import { awsCode, isNotFound } from './aws-errors.ts';
import { type Tags, tagSpecifications } from './tags.ts';
import { CONSISTENT, onceKnown, type Pace, until } from './until.ts';

const SSH_PORT = 22;
/** A terminated instance's network interface goes a while after it. */
const GROUP_FREE: Pace = { first: 1000, longest: 10_000, within: 180_000 };

/** A security group for one instance that lets one range in, to sshd alone. The scope removes it. */
export async function temporaryGroup(
  aws: Aws,
  spec: { readonly name: string; readonly vpc: string; readonly from: string; readonly tags: Tags },
  scope: Scope,
  signal: AbortSignal,
): Promise<{ readonly id: string; remove(): Promise<void> }> {
  const { AuthorizeSecurityGroupIngressCommand, CreateSecurityGroupCommand } = await import(
    '@aws-sdk/client-ec2'
  );
  const { name, vpc, from, tags } = spec;
  const create = new CreateSecurityGroupCommand({
    GroupName: name,
    Description: 'SSH into an instance that an image is baked in',
    VpcId: vpc,
    TagSpecifications: tagSpecifications(['security-group'], tags),
  });
  const { GroupId: id = '' } = await aws.make(
    'ec2:CreateSecurityGroup',
    (abortSignal) => aws.ec2.send(create, { abortSignal }),
    signal,
  );
  const made = performance.now();
  const remove = (cleanup: AbortSignal) => deleteGroup(aws, { id, made }, cleanup);
  const forget = scope.defer(`security group ${name}`, remove, 'bake gc --platform ec2');
  const Description = 'whoever bakes';
  const range = from.includes(':')
    ? { Ipv6Ranges: [{ CidrIpv6: from, Description }] }
    : { IpRanges: [{ CidrIp: from, Description }] };
  const open = new AuthorizeSecurityGroupIngressCommand({
    GroupId: id,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: SSH_PORT, ToPort: SSH_PORT, ...range }],
    TagSpecifications: tagSpecifications(['security-group-rule'], tags),
  });
  await onceKnown(
    () =>
      aws.make(
        'ec2:AuthorizeSecurityGroupIngress',
        (abortSignal) => aws.ec2.send(open, { abortSignal }),
        signal,
      ),
    signal,
  );
  return {
    id,
    async remove() {
      await remove(new AbortController().signal);
      forget();
    },
  };
}

/** Tries until nothing has it any more: AWS refuses that while an interface does, and may not know it yet. */
async function deleteGroup(
  aws: Aws,
  { id: GroupId, made }: { readonly id: string; readonly made: number },
  signal: AbortSignal,
): Promise<void> {
  const { DeleteSecurityGroupCommand } = await import('@aws-sdk/client-ec2');
  const command = new DeleteSecurityGroupCommand({ GroupId });
  const attempt = async () => {
    try {
      await aws.make(
        'ec2:DeleteSecurityGroup',
        (abortSignal) => aws.ec2.send(command, { abortSignal }),
        signal,
      );
      return true;
    } catch (error) {
      if (isNotFound(error)) return performance.now() - made > CONSISTENT.within ? true : undefined;
      if (error instanceof Fault && awsCode(error.cause) === 'DependencyViolation') return undefined;
      throw error;
    }
  };
  await until(`the security group ${GroupId} is free to go`, attempt, GROUP_FREE, signal);
}
