import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { Scope } from '../../core/scope.ts';
import type { Aws } from './aws.ts';
import { awsWords, isNotFound, isWithoutCapacity, isWithoutSpotRole } from './aws-errors.ts';
import { describeInstances } from './describe.ts';
import type { Network } from './find-network.ts';
import type { InstanceBase } from './instance-base.ts';
import { instanceState } from './instance-state.ts';
import { intendInCloud } from './intend-in-cloud.ts';
import { makeOwned } from './owned.ts';
import { BAKE_TAG, type Tags, tagSpecifications } from './tags.ts';
import { CONSISTENT, onceKnown, type Pace, until } from './until.ts';

const GIB = 1024 ** 3;
const TERMINATED: Pace = { first: 1000, longest: 10_000, within: 600_000 };

/** An instance that a bake starts: of what, where, and what it is given. */
export interface InstanceOrder {
  /** Equal for the same instance of the same bake, so that a repeated call starts no second one. */
  readonly token: string;
  readonly base: InstanceBase;
  readonly network: Network;
  /** The key pair's name, and the security group's id. */
  readonly keyName: string;
  readonly group: string;
  readonly userData: string;
  readonly tags: Tags;
}

export interface RunningInstance {
  readonly id: string;
  /** It is of spare capacity: it cannot be stopped, only terminated. */
  readonly spot: boolean;
  /** Terminates it and waits until it is gone, before its scope does. */
  remove(): Promise<void>;
}

/**
 * Starts one instance, of spare capacity if that is asked for and there is any; the scope terminates it, and waits for
 * that. It stops when it powers itself off, so that an image can be made of it.
 */
export async function runInstance(
  aws: Aws,
  order: InstanceOrder,
  note: (message: string) => void,
  scope: Scope,
  signal: AbortSignal,
): Promise<RunningInstance> {
  if (!order.base.spot) return await run(aws, order, false, scope, signal);
  try {
    return await run(aws, order, true, scope, signal);
  } catch (error) {
    if (isWithoutSpotRole(error)) note(`${error.message}: it is an ordinary instance. ${error.hint}`);
    else if (isWithoutCapacity(error))
      note(
        `no spare ${order.base.type} is to be had: it is an ordinary instance. AWS says: ${awsWords(error)}`,
      );
    else throw error;
    return await run(aws, order, false, scope, signal);
  }
}

async function run(
  aws: Aws,
  order: InstanceOrder,
  spot: boolean,
  scope: Scope,
  signal: AbortSignal,
): Promise<RunningInstance> {
  const { RunInstancesCommand } = await import('@aws-sdk/client-ec2');
  const command = new RunInstancesCommand(instanceRequest(order, spot));
  const made = performance.now();
  const remove = async (id: string, cleanup: AbortSignal) => await terminate(aws, { id, made }, cleanup);
  const { id, keep } = await makeOwned(
    {
      label: `instance of ${order.base.ami.id} in ${aws.region}`,
      intent: await intendInCloud(aws, order.tags[BAKE_TAG] ?? '', scope, signal),
      async make() {
        // Its key pair and its group were just made.
        const { Instances = [] } = await onceKnown(() => aws.make(command, signal), signal);
        const id = Instances[0]?.InstanceId;
        if (id === undefined) throw new Error('RunInstances gave no id');
        return id;
      },
      find: async (cleanup) => await instancesOf(aws, order.tags, cleanup),
      remove,
    },
    scope,
    signal,
  );
  return {
    id,
    spot,
    async remove() {
      await remove(id, new AbortController().signal);
      keep();
    },
  };
}

/** The instances that have all of these tags, as those of another bake or for something else have not. */
async function instancesOf(aws: Aws, tags: Tags, signal: AbortSignal): Promise<string[]> {
  const filters = Object.entries(tags).map(([name, value]) => ({ Name: `tag:${name}`, Values: [value] }));
  return (await describeInstances(aws, filters, signal)).flatMap(({ InstanceId }) => InstanceId ?? []);
}

/** All that AWS is asked for. */
export function instanceRequest(order: InstanceOrder, spot: boolean): RunInstancesCommandInput {
  const { base, network, keyName, group, userData, token, tags } = order;
  const { ami, profile } = base;
  const encryption = { Encrypted: true, ...(base.key === undefined ? {} : { KmsKeyId: base.key }) };
  const asked = Math.ceil((base.volume ?? 0) / GIB);
  const disks = ami.disks.some(({ device }) => device === ami.rootDevice)
    ? ami.disks
    : [...ami.disks, { device: ami.rootDevice, size: 1 }];
  const types = [
    'instance',
    'volume',
    'network-interface',
    ...(spot ? (['spot-instances-request'] as const) : []),
  ] as const;
  return {
    ImageId: ami.id,
    InstanceType: base.type as RunInstancesCommandInput['InstanceType'] & string,
    MinCount: 1,
    MaxCount: 1,
    ClientToken: spot ? `${token}-spot` : token,
    KeyName: keyName,
    UserData: Buffer.from(userData).toString('base64'),
    // An instance that powers itself off must stay, for an image to be made of it.
    ...(spot ? {} : { InstanceInitiatedShutdownBehavior: 'stop' }),
    MetadataOptions: {
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 1,
      HttpEndpoint: 'enabled',
      InstanceMetadataTags: 'disabled',
    },
    BlockDeviceMappings: disks.map(({ device, size }) => ({
      DeviceName: device,
      Ebs: {
        VolumeType: 'gp3',
        VolumeSize: device === ami.rootDevice ? Math.max(size, asked) : size,
        DeleteOnTermination: true,
        ...encryption,
      },
    })),
    ...(network.subnet === undefined
      ? { SecurityGroupIds: [group] }
      : {
          NetworkInterfaces: [
            {
              DeviceIndex: 0,
              SubnetId: network.subnet,
              Groups: [group],
              AssociatePublicIpAddress: base.address === 'public',
              DeleteOnTermination: true,
            },
          ],
        }),
    ...(profile === undefined ? {} : { IamInstanceProfile: { Name: profile } }),
    ...(spot
      ? { InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { SpotInstanceType: 'one-time' } } }
      : {}),
    TagSpecifications: tagSpecifications(types, tags),
  };
}

/** Its volumes and its network interface go with it. That AWS does not know it right after it was made is no end of it. */
async function terminate(
  aws: Aws,
  { id, made }: { readonly id: string; readonly made: number },
  signal: AbortSignal,
): Promise<void> {
  const { TerminateInstancesCommand } = await import('@aws-sdk/client-ec2');
  const mayCome = () => performance.now() - made < CONSISTENT.within;
  const attempt = async () => {
    try {
      await aws.make(new TerminateInstancesCommand({ InstanceIds: [id] }), signal);
      const { State } = await instanceState(aws, id, signal);
      return State?.Name === 'terminated' ? true : undefined;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return mayCome() ? undefined : true;
    }
  };
  await until(`the instance ${id} is terminated`, attempt, TERMINATED, signal);
}
