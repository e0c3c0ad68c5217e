import {
  DeleteKeyPairCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  RegisterImageCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { Fault } from '../../src/core/fault.ts';
import { sleep } from '../../src/core/wait.ts';
import { type Aws, connectAws } from '../../src/platforms/ec2/aws.ts';
import { isWithoutCapacity } from '../../src/platforms/ec2/aws-errors.ts';
import { ec2Leftovers } from '../../src/platforms/ec2/leftovers.ts';
import { BAKE_TAG, tagSpecifications } from '../../src/platforms/ec2/tags.ts';
import { hasMadeNothing } from '../../src/platforms/ec2/tries.ts';
import { onceKnown } from '../../src/platforms/ec2/until.ts';
import { type AwsProxy, awsProxy } from '../support/aws-proxy.ts';
import { motoServer, noMoto, REGION } from '../support/moto.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';

const test = suite('what AWS refuses', { skip: noMoto });

/** One of those that moto knows from the beginning. */
const SOURCE = 'ami-12c6146b';

async function list(aws: Aws, signal: AbortSignal) {
  return await aws.ask(new DescribeInstancesCommand({}), signal);
}

async function run(aws: Aws, signal: AbortSignal, ClientToken = 'one') {
  return await aws.make(
    new RunInstancesCommand({ ImageId: SOURCE, MinCount: 1, MaxCount: 1, ClientToken }),
    signal,
  );
}

const times = ({ calls }: AwsProxy, action: string) => calls.filter((one) => one.action === action).length;

test(
  'each is told with what a person can do about it',
  async ({ signal }) => {
    await using moto = await motoServer(signal);
    await using proxy = await awsProxy(moto);
    const { aws } = proxy;
    const told: readonly (readonly [error: string, code: string, message: RegExp, hint: RegExp])[] = [
      [
        'InsufficientInstanceCapacity',
        'CLOUD_FULL',
        /no capacity for ec2:RunInstances in eu-central-1/,
        /another instance type/,
      ],
      [
        'InstanceLimitExceeded',
        'CLOUD_FULL',
        /a quota .* ec2:RunInstances .* eu-central-1/,
        /Service Quotas/,
      ],
      ['VcpuLimitExceeded', 'CLOUD_FULL', /a quota/, /bake gc --platform ec2/],
      ['ExpiredToken', 'CLOUD_LOCKED', /credentials of AWS_ACCESS_KEY_ID/, /AWS_SESSION_TOKEN/],
      ['InvalidClientTokenId', 'CLOUD_LOCKED', /credentials of AWS_ACCESS_KEY_ID/, /AWS_PROFILE/],
      ['AuthFailure', 'CLOUD_DENIED', /AWS refuses ec2:RunInstances in eu-central-1/, /region/],
      [
        'UnauthorizedOperation',
        'CLOUD_DENIED',
        /credentials of AWS_ACCESS_KEY_ID may not do ec2:RunInstances in eu-central-1/,
        /bake policy/,
      ],
    ];
    for (const [error, code, message, hint] of told) {
      proxy.inject({ action: 'ec2:RunInstances', error });
      const fault = await rejects(run(aws, signal, error), { code: code as 'CLOUD_FULL' });
      assert.match(fault.message, message);
      assert.match(fault.hint ?? '', hint);
      assert.match(fault.details.at(-1) ?? '', new RegExp(`^${error}`));
      assert.is(isWithoutCapacity(fault), error === 'InsufficientInstanceCapacity', error);
      proxy.forget();
    }
    const denied =
      'You are not authorized to perform this operation. User: arn:aws:iam::1:user/ci is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-central-1:1:instance/* because no identity-based policy allows it.';
    proxy.inject({ action: 'ec2:RunInstances', error: 'UnauthorizedOperation', message: denied });
    const fault = await rejects(run(aws, signal), { code: 'CLOUD_DENIED' });
    assert.match(fault.message, /may not do ec2:RunInstances on arn:aws:ec2:eu-central-1:1:instance\/\* in/);
  },
  { deadline: 3 * 60_000 },
);

test('a storm of throttling passes, and an abort in the middle of it is heard at once', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  const { aws } = proxy;
  proxy.inject({ action: 'ec2:DescribeInstances', error: 'RequestLimitExceeded', times: 3 });
  assert.equal((await list(aws, signal)).Reservations, []);
  assert.is(times(proxy, 'ec2:DescribeInstances'), 4);

  proxy.forget();
  proxy.inject({ error: 'RequestLimitExceeded' });
  const controller = new AbortController();
  const asked = list(await connectAws(REGION), controller.signal);
  setTimeout(() => controller.abort(new Error('Ctrl-C')), 1000);
  const began = performance.now();
  await rejects(asked, /Ctrl-C/);
  assert.ok(performance.now() - began < 2000);
});

test('a call that makes something hears an abort between two tries that were throttled, and sends no other', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  const { aws } = proxy;
  proxy.inject({ error: 'RequestLimitExceeded' });
  const controller = new AbortController();
  const removing = aws.make(new DeleteKeyPairCommand({ KeyName: 'one' }), controller.signal);
  const interrupt = new Fault('INTERRUPTED', 'Ctrl-C');
  setTimeout(() => controller.abort(interrupt), 1000);
  const began = performance.now();
  assert.ok(hasMadeNothing(await rejects(removing, { code: 'INTERRUPTED' })));
  assert.not.ok(hasMadeNothing(interrupt), 'another call that it ends may have made something');
  assert.ok(performance.now() - began < 2000);
  const asked = proxy.calls.length;
  assert.ok(asked > 0);
  // The SDK's own pause ends, and nothing comes of it.
  await sleep(4000, signal);
  assert.is(proxy.calls.length, asked);
});

test('where one of its tries may have made something, it comes to its answer all the same', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  const action = 'ec2:RunInstances';
  const controller = new AbortController();
  proxy.inject({ action, error: 'RequestLimitExceeded', times: 2 });
  proxy.inject({ action, cut: 'after', times: 1 });
  proxy.onCall((_call, when) => {
    if (when === 'after') controller.abort(new Error('Ctrl-C'));
  });
  const { Instances = [] } = await run(proxy.aws, controller.signal);
  assert.is(Instances.length, 1);
  assert.is(times(proxy, action), 4);
});

test('what was just made is asked for until it is known, and a cancelled call that makes something ends first', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto, { unknownFor: 3 });
  const { aws } = proxy;
  const controller = new AbortController();
  proxy.inject({ action: 'ec2:RunInstances', delay: 500 });
  setTimeout(() => controller.abort(new Error('Ctrl-C')), 100);
  const { Instances = [] } = await run(aws, controller.signal);
  assert.ok(controller.signal.aborted);
  const InstanceIds = [Instances[0]?.InstanceId ?? ''];
  const quick = { first: 10, longest: 10, within: 10_000 };
  const known = onceKnown(
    () => aws.ask(new DescribeInstancesCommand({ InstanceIds }), signal),
    signal,
    quick,
  );
  assert.is((await known).Reservations?.[0]?.Instances?.[0]?.InstanceId, InstanceIds[0]);
  assert.is(times(proxy, 'ec2:DescribeInstances'), 4);
  await rejects(run(aws, controller.signal), /Ctrl-C/);
});

test('a region that fails is told by its name, and the others answer', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  proxy.inject({ region: 'us-west-2', error: 'OptInRequired' });
  const [here, there] = await Promise.allSettled([
    list(proxy.aws, signal),
    list(proxy.aws.in('us-west-2'), signal),
  ]);
  assert.is(here.status, 'fulfilled');
  assert.is(there.status, 'rejected');
  assert.match(String(there.status === 'rejected' && there.reason), /us-west-2/);
});

test('of 3,000 AMIs of a run every one is found, over all pages', async ({ signal }) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto, { page: 1000, multiply: 1000 });
  const { aws } = proxy;
  for (const Name of ['one', 'two', 'three'])
    await aws.ec2.send(
      new RegisterImageCommand({
        ...{ Name, RootDeviceName: '/dev/xvda' },
        TagSpecifications: tagSpecifications(['image'], { [BAKE_TAG]: 'many' }),
      }),
    );
  const asked = times(proxy, 'ec2:DescribeImages');
  const found = await ec2Leftovers(aws).tagged(REGION, 'many', signal);
  assert.is(found.length, 3000);
  assert.is(new Set(found.map(({ id }) => id)).size, 3000);
  assert.is(times(proxy, 'ec2:DescribeImages') - asked, 3);
  const { Images = [] } = await aws.ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
  assert.is(Images.length, 1000, 'who asks for one page gets one');
});

test.run();
