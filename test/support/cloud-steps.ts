import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { copyToRegion } from '../../src/app/distribute/copy-to-region.ts';
import type { Distributing } from '../../src/app/distribute/distribute-ami.ts';
import { recordedScope } from '../../src/app/recorded-scope.ts';
import { digestOf } from '../../src/core/digest.ts';
import type { Scope } from '../../src/core/scope.ts';
import { amiRegions } from '../../src/platforms/ec2/ami-region.ts';
import { amiStore } from '../../src/platforms/ec2/ami-store.ts';
import { type Aws, connectAws } from '../../src/platforms/ec2/aws.ts';
import { launchInstance } from '../../src/platforms/ec2/launch-instance.ts';
import { removeInstance } from '../../src/platforms/ec2/remove-instance.ts';
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
  /** A copy of an AMI in another region, as a distribution makes it; it is not noted, as that would keep it. */
  async copy({ aws, scope, run, image, signal }) {
    const regionOf = amiRegions();
    const source = await regionOf(aws).find(image as `ami-${string}`, signal);
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
        form: image as `ami-${string}`,
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
