import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { AmiId } from '../../src/core/form-id.ts';
import type { Scope } from '../../src/core/scope.ts';
import type { Aws } from '../../src/platforms/ec2/aws.ts';
import { createImage } from '../../src/platforms/ec2/create-image.ts';
import { findNetwork } from '../../src/platforms/ec2/find-network.ts';
import { runInstance } from '../../src/platforms/ec2/run-instance.ts';
import { BAKE_TAG } from '../../src/platforms/ec2/tags.ts';
import { temporaryGroup } from '../../src/platforms/ec2/temporary-group.ts';
import { temporaryKey } from '../../src/platforms/ec2/temporary-key.ts';

export interface InstanceStep {
  readonly aws: Aws;
  readonly scope: Scope;
  readonly run: string;
  readonly folder: string;
  /** The AMI that is there already. */
  readonly image: string;
  readonly signal: AbortSignal;
}

/** All that a bake in an instance asks of AWS: nobody enters it, and another stops it. */
export async function machineOf({ aws, scope, run, folder, image, signal }: InstanceStep): Promise<void> {
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
