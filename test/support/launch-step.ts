import { recordedScope } from '../../src/app/recorded-scope.ts';
import { digestOf } from '../../src/core/digest.ts';
import type { AmiId } from '../../src/core/form-id.ts';
import { type Aws, connectAws } from '../../src/platforms/ec2/aws.ts';
import { launchInstance } from '../../src/platforms/ec2/launch-instance.ts';
import { removeInstance } from '../../src/platforms/ec2/remove-instance.ts';
import { instanceSpec } from './instance-spec.ts';
import { REGION } from './moto.ts';

/** What it works with. */
export interface LaunchStep {
  readonly run: string;
  readonly home: string;
  /** The AMI that is there already. */
  readonly image: string;
  readonly signal: AbortSignal;
}

/**
 * Starts an instance of an environment from a launch template, which nobody can enter, and removes all that was made, as
 * a launch that fails does.
 */
export async function launchStep({ run, home, image, signal }: LaunchStep): Promise<void> {
  const aws = await connectAws(REGION);
  const environment = `env-${run}`;
  const place = { template: 'web', slot: 1, launch: run };
  await using scope = recordedScope(home, { run, what: `launch ${run}` });
  scope.intend({ kind: 'place', environment, ...place, platforms: ['ec2'] });
  const spec = instanceSpec({
    ...{ environment, ...place, form: image as AmiId, init: 'systemd', inputs: digestOf('inputs') },
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
}

/** One that the emulator has from the beginning. */
async function subnetOf({ ec2, region }: Aws): Promise<string> {
  const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2');
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  return Subnets.find(({ AvailabilityZone }) => AvailabilityZone === `${region}a`)?.SubnetId ?? '';
}
