import { Fault } from '../../core/fault.ts';
import type { Aws } from './aws.ts';

/** Where an instance gets its address. */
export interface Network {
  readonly vpc: string;
  /** Of the VPC, as CIDR. */
  readonly range: string;
  /** The part of it that an instance's address is from: the subnet's, as far as that is known. */
  readonly instances: string;
  /** Nothing when AWS is to choose one of the default VPC's. */
  readonly subnet?: string;
}

/** The network of a subnet, or the default VPC; `CONFIG_INVALID` when there is none. */
export async function findNetwork(
  aws: Aws,
  subnet: string | undefined,
  signal: AbortSignal,
): Promise<Network> {
  const { DescribeSubnetsCommand, DescribeVpcsCommand } = await import('@aws-sdk/client-ec2');
  const vpcs = async (filter: { Name: string; Values: string[] }) => {
    const { Vpcs = [] } = await aws.ask(new DescribeVpcsCommand({ Filters: [filter] }), signal);
    return Vpcs[0];
  };
  if (subnet === undefined) {
    const found = await vpcs({ Name: 'is-default', Values: ['true'] });
    const range = found?.CidrBlock ?? '';
    if (found?.VpcId !== undefined) return { vpc: found.VpcId, range, instances: range };
    throw new Fault('CONFIG_INVALID', `the account has no default VPC in ${aws.region}`, {
      hint: 'Say in the template where the instance is to run: `instance: { subnet: subnet-… }`.',
    });
  }
  const command = new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: [subnet] }] });
  const { Subnets = [] } = await aws.ask(command, signal);
  const vpc = Subnets[0]?.VpcId;
  const found = vpc === undefined ? undefined : await vpcs({ Name: 'vpc-id', Values: [vpc] });
  if (vpc !== undefined && found !== undefined) {
    const range = found.CidrBlock ?? '';
    return { vpc, range, instances: Subnets[0]?.CidrBlock ?? range, subnet };
  }
  throw new Fault('CONFIG_INVALID', `there is no subnet ${subnet} in ${aws.region}`, {
    hint: 'See `aws ec2 describe-subnets`; `ami: { region: … }` in the template says which region it is.',
  });
}
