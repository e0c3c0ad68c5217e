import type { Filter } from '@aws-sdk/client-ec2';
import type { AmiId } from '../../core/form-id.ts';
import type { Instance } from '../launcher.ts';
import type { Aws } from './aws.ts';
import { describeInstances, type OwnedInstance } from './describe.ts';
import { instanceName, LAUNCH_TAG, readTags } from './instance-tags.ts';
import { ENVIRONMENT_TAG, tagsOf } from './tags.ts';

/** States of an instance that is there; AWS lists one that was terminated for another hour. */
const THERE = ['pending', 'running', 'stopping', 'stopped'];

/** An instance with what AWS says of it besides. */
export interface Found {
  readonly instance: Instance;
  /** `i-0123…` */
  readonly awsId: string;
  readonly state: string;
  readonly elasticIp?: string;
  readonly hostKey?: string;
  readonly privateAddress?: string;
  readonly publicAddress?: string;
  /** Why AWS ended it, where it did. */
  readonly reason?: string;
}

/** The region and AWS's own id in the id that we know an instance by, `eu-central-1/i-0123…`. */
export function placeOf({ id }: Pick<Instance, 'id'>): { readonly region: string; readonly awsId: string } {
  const [region = '', awsId = ''] = id.split('/');
  return { region, awsId };
}

/** The instances of one environment, or of all, in a region; in no order. */
export async function listFound(
  aws: Aws,
  environment: string | undefined,
  signal: AbortSignal,
): Promise<Found[]> {
  const filters: Filter[] = [
    { Name: 'tag-key', Values: [LAUNCH_TAG] },
    { Name: 'instance-state-name', Values: THERE },
  ];
  if (environment !== undefined) filters.push({ Name: `tag:${ENVIRONMENT_TAG}`, Values: [environment] });
  const found = await describe(aws, filters, signal);
  return await withServing(aws, found, signal);
}

/** One instance as AWS knows it now, ended or not; nothing when it does not know it. */
export async function readFound(aws: Aws, awsId: string, signal: AbortSignal): Promise<Found | undefined> {
  const found = await describe(aws, [{ Name: 'instance-id', Values: [awsId] }], signal);
  return (await withServing(aws, found, signal))[0];
}

/** Those that carry all of these tags and have not ended. */
export async function findTagged(
  aws: Aws,
  tags: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Found[]> {
  const filters = Object.entries(tags).map(([name, value]) => ({ Name: `tag:${name}`, Values: [value] }));
  return await describe(aws, [...filters, { Name: 'instance-state-name', Values: THERE }], signal);
}

async function describe(aws: Aws, filters: Filter[], signal: AbortSignal): Promise<Found[]> {
  const instances = await describeInstances(aws, filters, signal);
  return instances.flatMap((one) => readInstance(aws.region, one) ?? []);
}

/** What AWS says of an instance of ours; nothing for others. */
export function readInstance(region: string, said: OwnedInstance): Found | undefined {
  const tagged = readTags(tagsOf(said.Tags));
  const awsId = said.InstanceId;
  if (tagged === undefined || awsId === undefined) return undefined;
  const { serving, elasticIp, hostKey, ...identity } = tagged;
  const state = said.State?.Name ?? 'unknown';
  const running = state === 'pending' || state === 'running';
  const { PrivateIpAddress: privateAddress, PublicIpAddress: publicAddress, OwnerId: account } = said;
  const address = publicAddress || privateAddress;
  const reason = said.StateReason?.Message;
  return {
    instance: {
      ...identity,
      id: `${region}/${awsId}`,
      platform: 'ec2',
      name: instanceName(identity),
      running,
      serving: serving && running,
      publish: [],
      startedAt: (said.LaunchTime ?? new Date(0)).toISOString(),
      cloud: {
        id: awsId,
        ...(account === undefined ? {} : { account }),
        ...(address ? { address } : {}),
      },
      runs: (said.ImageId ?? '') as AmiId,
    },
    awsId,
    state,
    ...(elasticIp === undefined ? {} : { elasticIp }),
    ...(hostKey === undefined ? {} : { hostKey }),
    ...(privateAddress === undefined ? {} : { privateAddress }),
    ...(publicAddress === undefined ? {} : { publicAddress }),
    ...(reason === undefined || reason === '' ? {} : { reason }),
  };
}

/** One that is to have an Elastic IP serves only while it has it, whatever its tag says. */
async function withServing(aws: Aws, found: readonly Found[], signal: AbortSignal): Promise<Found[]> {
  const asked = found.filter(({ instance }) => instance.serving).flatMap(({ elasticIp }) => elasticIp ?? []);
  if (asked.length === 0) return [...found];
  const holders = await addressHolders(aws, [...new Set(asked)], signal);
  return found.map((one) => {
    if (one.elasticIp === undefined || holders.get(one.elasticIp) === one.awsId) return one;
    return { ...one, instance: { ...one.instance, serving: false } };
  });
}

/** Which instance has each Elastic IP, by allocation; an interface without an instance stands by its own id. */
export async function addressHolders(
  aws: Aws,
  allocations: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { DescribeAddressesCommand } = await import('@aws-sdk/client-ec2');
  const command = new DescribeAddressesCommand({
    Filters: [{ Name: 'allocation-id', Values: [...allocations] }],
  });
  const { Addresses = [] } = await aws.ask(command, signal);
  const holders = new Map<string, string>();
  for (const { AllocationId = '', InstanceId, NetworkInterfaceId } of Addresses) {
    const holder = InstanceId || NetworkInterfaceId;
    if (holder !== undefined && holder !== '') holders.set(AllocationId, holder);
  }
  return holders;
}
