import * as assert from 'uvu/assert';
import type { InstanceBase } from '../../../../src/platforms/ec2/instance-base.ts';
import { type InstanceOrder, instanceRequest } from '../../../../src/platforms/ec2/run-instance.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('what an instance of a bake is asked for as');

const GIB = 1024 ** 3;
const DISKS = [
  { device: '/dev/xvda', size: 8 },
  { device: '/dev/sdf', size: 20 },
];

function order(base: Partial<InstanceBase>, subnet?: string): InstanceOrder {
  return {
    token: '3h2k-bake',
    base: {
      ami: { id: 'ami-1', rootDevice: '/dev/xvda', disks: DISKS },
      ...{ type: 't3.small', spot: false, user: 'admin', address: 'public', startTimeout: 1000 },
      ...base,
    },
    network: {
      vpc: 'vpc-1',
      range: '10.0.0.0/16',
      instances: '',
      ...(subnet === undefined ? {} : { subnet }),
    },
    ...{ keyName: 'kiln-3h2k-bake', group: 'sg-1', userData: '#cloud-config\n{}\n' },
    tags: { 'kiln.bake': '3h2k' },
  };
}

test('its metadata answers to tokens alone, its disks are encrypted and go with it, and all is tagged', () => {
  const request = instanceRequest(order({}), false);
  assert.is(request.MetadataOptions?.HttpTokens, 'required');
  assert.is(request.MetadataOptions?.HttpPutResponseHopLimit, 1);
  assert.equal(
    request.BlockDeviceMappings?.map(({ DeviceName, Ebs }) => [DeviceName, Ebs?.VolumeSize]),
    [
      ['/dev/xvda', 8],
      ['/dev/sdf', 20],
    ],
  );
  for (const { Ebs } of request.BlockDeviceMappings ?? [])
    assert.equal(
      [Ebs?.VolumeType, Ebs?.Encrypted, Ebs?.DeleteOnTermination, Ebs?.KmsKeyId],
      ['gp3', true, true, undefined],
    );
  assert.equal(
    request.TagSpecifications?.map(({ ResourceType, Tags }) => [ResourceType, Tags]),
    ['instance', 'volume', 'network-interface'].map((type) => [type, [{ Key: 'kiln.bake', Value: '3h2k' }]]),
  );
  assert.is(request.InstanceInitiatedShutdownBehavior, 'stop');
  assert.is(request.ClientToken, '3h2k-bake');
  assert.equal(request.SecurityGroupIds, ['sg-1']);
  assert.is(Buffer.from(request.UserData ?? '', 'base64').toString(), '#cloud-config\n{}\n');
});

test('a larger volume and a key are taken, a smaller one is not', () => {
  const key = 'arn:aws:kms:eu-west-1:123456789012:key/1';
  const [root] = instanceRequest(order({ volume: 12 * GIB + 1, key }), false).BlockDeviceMappings ?? [];
  assert.is(root?.Ebs?.VolumeSize, 13);
  assert.is(root?.Ebs?.KmsKeyId, key);
  const [small] = instanceRequest(order({ volume: 2 * GIB }), false).BlockDeviceMappings ?? [];
  assert.is(small?.Ebs?.VolumeSize, 8);
});

test('spare capacity is asked for once, under a token of its own, and its request is tagged', () => {
  const request = instanceRequest(order({ spot: true }), true);
  assert.equal(request.InstanceMarketOptions, {
    MarketType: 'spot',
    SpotOptions: { SpotInstanceType: 'one-time' },
  });
  assert.is(request.ClientToken, '3h2k-bake-spot');
  assert.is(request.InstanceInitiatedShutdownBehavior, undefined);
  assert.ok(request.TagSpecifications?.some(({ ResourceType }) => ResourceType === 'spot-instances-request'));
});

test('in a subnet it has a public address where it is reached by that, and none else', () => {
  for (const address of ['public', 'private'] as const) {
    const { NetworkInterfaces: [card] = [], SecurityGroupIds } = instanceRequest(
      order({ address }, 'subnet-1'),
      false,
    );
    assert.is(card?.AssociatePublicIpAddress, address === 'public');
    assert.equal(card?.Groups, ['sg-1']);
    assert.is(SecurityGroupIds, undefined);
  }
});

test.run();
