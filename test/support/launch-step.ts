import { recordedScope } from '../../src/app/recorded-scope.ts';
import { digestOf } from '../../src/core/digest.ts';
import type { AmiId } from '../../src/core/form-id.ts';
import { Scope } from '../../src/core/scope.ts';
import { type Aws, connectAws } from '../../src/platforms/ec2/aws.ts';
import { launchInstance } from '../../src/platforms/ec2/launch-instance.ts';
import { removeInstance } from '../../src/platforms/ec2/remove-instance.ts';
import type { Instance, Launched } from '../../src/platforms/launcher.ts';
import type { SshConnection } from '../../src/platforms/ssh/connection.ts';
import { instanceSpec } from './instance-spec.ts';
import { REGION } from './moto.ts';

/** What it works with. */
export interface LaunchStep {
  readonly run: string;
  readonly home: string;
  /** The AMI that is there already. */
  readonly image: string;
  /** One of the run's own when it is left out. */
  readonly environment?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Starts an instance of an environment from a launch template, which nobody can enter, and removes all that was made, as
 * a launch that fails does.
 */
export async function launchStep({ run, home, ...step }: LaunchStep): Promise<void> {
  const environment = step.environment ?? `env-${run}`;
  await using scope = recordedScope(home, { run, what: `launch ${run}` });
  scope.intend({ kind: 'place', environment, template: 'web', slot: 1, launch: run, platforms: ['ec2'] });
  const connect = async () => {
    throw new Error('nobody can enter it');
  };
  await launchIn(environment, 1, { run, ...step }, scope, connect).catch((error: Error) => {
    if (error.message !== 'nobody can enter it') throw error;
  });
}

/** Starts an instance in the environment's second place, which stays. */
export async function launchedBefore(
  environment: string,
  step: Pick<LaunchStep, 'run' | 'image' | 'signal'>,
): Promise<void> {
  await using scope = new Scope(undefined, 60_000);
  const ready = { exitCode: 0, stdout: '', stderr: '' };
  const connect = async () =>
    ({ exec: async () => ready, upload: async () => {} }) as unknown as SshConnection;
  (await launchIn(environment, 2, step, scope, connect)).keep();
}

async function launchIn(
  environment: string,
  slot: number,
  { run, image, signal }: Pick<LaunchStep, 'run' | 'image' | 'signal'>,
  scope: Scope,
  connect: () => Promise<SshConnection>,
): Promise<Launched> {
  const aws = await connectAws(REGION);
  const spec = instanceSpec({
    ...{ environment, template: 'web', slot, launch: run },
    ...{ form: image as AmiId, init: 'systemd', inputs: digestOf('inputs') },
    ec2: {
      region: aws.region,
      subnets: [await subnetOf(aws)],
      securityGroups: [],
      instanceType: 't3.small',
      parameters: `/kiln/${environment}`,
    },
  });
  const remove = async (instance: Instance, all: AbortSignal) =>
    void (await removeInstance(aws, instance, all));
  return await launchInstance({ aws, connect, remove }, spec, scope, signal);
}

/** One that the emulator has from the beginning. */
async function subnetOf({ ec2, region }: Aws): Promise<string> {
  const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2');
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  return Subnets.find(({ AvailabilityZone }) => AvailabilityZone === `${region}a`)?.SubnetId ?? '';
}
