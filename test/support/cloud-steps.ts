import { mkdtemp, open } from 'node:fs/promises';
import { join } from 'node:path';
import { copyToRegion } from '../../src/app/distribute/copy-to-region.ts';
import type { Distributing } from '../../src/app/distribute/distribute-ami.ts';
import { recordedScope } from '../../src/app/recorded-scope.ts';
import { digestOf } from '../../src/core/digest.ts';
import type { AmiId } from '../../src/core/form-id.ts';
import type { Scope } from '../../src/core/scope.ts';
import { amiRegions } from '../../src/platforms/ec2/ami-region.ts';
import { amiStore } from '../../src/platforms/ec2/ami-store.ts';
import { type Aws, connectAws } from '../../src/platforms/ec2/aws.ts';
import { createImage } from '../../src/platforms/ec2/create-image.ts';
import { findNetwork } from '../../src/platforms/ec2/find-network.ts';
import { launchInstance } from '../../src/platforms/ec2/launch-instance.ts';
import { removeInstance } from '../../src/platforms/ec2/remove-instance.ts';
import { runInstance } from '../../src/platforms/ec2/run-instance.ts';
import { BAKE_TAG } from '../../src/platforms/ec2/tags.ts';
import { temporaryGroup } from '../../src/platforms/ec2/temporary-group.ts';
import { temporaryKey } from '../../src/platforms/ec2/temporary-key.ts';
import { instanceSpec } from './instance-spec.ts';
import { REGION } from './moto.ts';

/** What a step works with. */
export interface StepAround {
  readonly aws: Aws;
  readonly scope: Scope;
  readonly run: string;
  readonly home: string;
  /** The AMI that is there already, where the step begins with one. */
  readonly image: string;
  readonly signal: AbortSignal;
}

export const COPIED_TO = 'us-west-2';
const BLOCK = 512 * 1024;

/** What of a bake, a distribution and a launch makes things in AWS. Each ends with its scope, which removes all that it made. */
export const CLOUD_STEPS = {
  /** An AMI from a disk: a snapshot with two blocks in three, registered. */
  async ami({ aws, scope, run, home, signal }) {
    const file = join(home, `${run}.raw`);
    const disk = await open(file, 'w');
    await disk.write(Buffer.alloc(BLOCK, 1), 0, BLOCK, 0);
    await disk.write(Buffer.alloc(BLOCK, 2), 0, BLOCK, 2 * BLOCK);
    await disk.close();
    const store = amiStore(aws);
    const of = { bake: run, template: 'web', tags: {} };
    const data = [
      { offset: 0, length: BLOCK },
      { offset: 2 * BLOCK, length: BLOCK },
    ];
    const snapshot = await store.writeSnapshot({ ...of, file, size: 3 * BLOCK, data }, scope, signal);
    const spec = { ...of, snapshot: snapshot.id, architecture: 'x86_64', description: 'web' };
    await store.register(spec, scope, signal);
  },
  /** An instance with its key pair and security group, as a bake starts it, stopped and made an AMI of. */
  async instance({ aws, scope, run, home, image, signal }) {
    await machineOf({ aws, scope, run, folder: home, image, signal });
  },
  /** A copy of an AMI in another region, as a distribution makes it; it is not noted, as that would keep it. */
  async copy({ aws, scope, run, image, signal }) {
    const regionOf = amiRegions();
    const source = await regionOf(aws).find(image as AmiId, signal);
    if (source === undefined) throw new Error(`${image} is not there`);
    const all = {
      ...{ scope, run, record: {}, form: { region: aws.region, id: image }, settings: {} },
      amis: async (region: string) => regionOf(aws.in(region)),
      source: async () => source,
      catalogue: { noteCopy: () => Promise.reject(new Error('it is not noted')) },
    } as unknown as Distributing;
    await copyToRegion(COPIED_TO, undefined, all, signal).catch((error: Error) => {
      if (error.message !== 'it is not noted') throw error;
    });
  },
  /** An instance of an environment from a launch template; nobody can enter it. */
  async launch({ aws, scope, run, image, signal }) {
    const environment = `env-${run}`;
    const place = { template: 'web', slot: 1, launch: run };
    scope.intend({ kind: 'place', environment, ...place, platforms: ['ec2'] });
    const spec = instanceSpec({
      ...{
        environment,
        ...place,
        form: image as AmiId,
        init: 'systemd',
        inputs: digestOf('inputs'),
      },
      ec2: {
        region: aws.region,
        subnets: [await subnetOf(aws)],
        securityGroups: [],
        instanceType: 't3.small',
        parameters: `/kiln/${environment}`,
      },
    });
    const connect = async () => {
      throw new Error('nobody can enter it');
    };
    const remove: Parameters<typeof launchInstance>[0]['remove'] = async (instance, all) => {
      await removeInstance(aws, instance, all);
    };
    await launchInstance({ aws, connect, remove }, spec, scope, signal).catch((error: Error) => {
      if (error.message !== 'nobody can enter it') throw error;
    });
  },
} as const satisfies Record<string, (around: StepAround) => Promise<void>>;

/** All that a bake in an instance asks of AWS: nobody enters it, and another stops it. */
export async function machineOf({
  aws,
  scope,
  run,
  folder,
  image,
  signal,
}: Omit<StepAround, 'home'> & { readonly folder: string }): Promise<void> {
  const network = await findNetwork(aws, undefined, signal);
  const tags = { [BAKE_TAG]: run, 'kiln.template': 'web', 'kiln.purpose': 'bake' };
  scope.intend({ kind: 'cloud', region: aws.region, bake: run });
  const names = { name: `kiln-${run}`, tags };
  const key = await mkdtemp(join(folder, 'key-'));
  await temporaryKey(aws, { ...names, folder: key }, scope, signal);
  const group = await temporaryGroup(
    aws,
    { ...names, vpc: network.vpc, from: '192.0.2.1/32' },
    scope,
    signal,
  );
  const order = {
    ...{ token: run, network, keyName: names.name, group: group.id, userData: '', tags },
    base: {
      ami: { id: image as AmiId, rootDevice: '/dev/xvda', disks: [] },
      ...{ type: 't3.small', spot: false, user: 'admin', startTimeout: 1000 },
      address: 'private' as const,
    },
  };
  const instance = await runInstance(aws, order, () => {}, scope, signal);
  const { StopInstancesCommand } = await import('@aws-sdk/client-ec2');
  await aws.ec2.send(new StopInstancesCommand({ InstanceIds: [instance.id] }));
  const of = { bake: run, template: 'web', tags: {}, description: 'web', within: 60_000, note: () => {} };
  await createImage(aws, { ...of, instance }, scope, signal);
}

export type CloudStep = keyof typeof CLOUD_STEPS;

/** Does a step and then removes what it made, as a bake that fails at its end does. */
export async function runStep(
  step: CloudStep,
  { run, home, image, signal }: Pick<StepAround, 'run' | 'home' | 'image' | 'signal'>,
): Promise<void> {
  const scope = recordedScope(home, { run, what: `${step} ${run}` });
  try {
    await CLOUD_STEPS[step]({ aws: await connectAws(REGION), scope, run, home, image, signal });
  } finally {
    await scope.close();
  }
}

/** One that the emulator has from the beginning. */
async function subnetOf({ ec2, region }: Aws): Promise<string> {
  const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2');
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  return Subnets.find(({ AvailabilityZone }) => AvailabilityZone === `${region}a`)?.SubnetId ?? '';
}
