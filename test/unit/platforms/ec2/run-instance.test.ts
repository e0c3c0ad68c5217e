import * as assert from 'uvu/assert';
import { Scope } from '../../../../src/core/scope.ts';
import type { Aws } from '../../../../src/platforms/ec2/aws.ts';
import { type InstanceOrder, runInstance } from '../../../../src/platforms/ec2/run-instance.ts';
import { fakeAws, refusal } from '../../../support/fake-aws.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('an instance to bake in');

const ORDER: InstanceOrder = {
  token: '3h2k-bake',
  base: {
    ami: { id: 'ami-1', rootDevice: '/dev/xvda', disks: [] },
    ...{ type: 't3.small', spot: true, user: 'admin', address: 'public', startTimeout: 1000 },
  },
  network: { vpc: 'vpc-1', range: '10.0.0.0/16', instances: '10.0.0.0/16' },
  ...{ keyName: 'key', group: 'sg-1', userData: '', tags: { 'kiln.bake': '3h2k' } },
};

const terminated = () => ({ Reservations: [{ Instances: [{ State: { Name: 'terminated' } }] }] });

/** AWS that refuses spare capacity with this error. */
function refusing(code: string, tokens: unknown[]): Aws {
  return fakeAws({
    DescribeInstances: terminated,
    RunInstances({ ClientToken, InstanceMarketOptions }) {
      tokens.push(ClientToken);
      if (InstanceMarketOptions !== undefined) throw refusal(code);
      return { Instances: [{ InstanceId: 'i-1' }] };
    },
  }).aws;
}

test('where there is no spare capacity, it is an ordinary instance, and that is told', async ({ signal }) => {
  for (const code of ['InsufficientInstanceCapacity', 'MaxSpotInstanceCountExceeded']) {
    const tokens: unknown[] = [];
    const notes: string[] = [];
    await using scope = new Scope();
    const note = (message: string) => void notes.push(message);
    const { id, spot } = await runInstance(refusing(code, tokens), ORDER, note, scope, signal);
    assert.equal([id, spot], ['i-1', false]);
    assert.equal(tokens, ['3h2k-bake-spot', '3h2k-bake']);
    assert.equal(notes, [
      `no spare t3.small is to be had: it is an ordinary instance. AWS says: ${code}, says AWS`,
    ]);
  }
});

test('in an account that never had spare capacity it is an ordinary instance, with the way to the role', async ({
  signal,
}) => {
  const notes: string[] = [];
  await using scope = new Scope();
  const aws = refusing('AuthFailure.ServiceLinkedRoleCreationNotPermitted', []);
  const note = (message: string) => void notes.push(message);
  const { id, spot } = await runInstance(aws, ORDER, note, scope, signal);
  assert.equal([id, spot], ['i-1', false]);
  assert.is(notes.length, 1);
  assert.match(notes[0] ?? '', /AWSServiceRoleForEC2Spot.*ordinary instance.*create-service-linked-role/);
});

test('another refusal ends it', async ({ signal }) => {
  const tokens: unknown[] = [];
  await using scope = new Scope();
  const aws = refusing('UnauthorizedOperation', tokens);
  await rejects(
    runInstance(aws, ORDER, () => {}, scope, signal),
    { code: 'CLOUD_DENIED' },
  );
  assert.equal(tokens, ['3h2k-bake-spot']);
});

test('a key pair and a group that AWS does not know yet are waited for', async ({ signal }) => {
  const unknown = ['InvalidKeyPair.NotFound', 'InvalidGroup.NotFound'];
  const tokens: unknown[] = [];
  const { aws } = fakeAws({
    DescribeInstances: terminated,
    RunInstances({ ClientToken }) {
      tokens.push(ClientToken);
      const name = unknown.shift();
      if (name !== undefined) throw refusal(name);
      return { Instances: [{ InstanceId: 'i-1' }] };
    },
  });
  await using scope = new Scope();
  const order = { ...ORDER, base: { ...ORDER.base, spot: false } };
  const { id } = await runInstance(aws, order, () => {}, scope, signal);
  assert.is(id, 'i-1');
  assert.equal(tokens, ['3h2k-bake', '3h2k-bake', '3h2k-bake']);
});

test.run();
