import { DescribeInstancesCommand, DescribeRegionsCommand } from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { connectAws } from '../../src/platforms/ec2/aws.ts';
import { isNotFound } from '../../src/platforms/ec2/aws-errors.ts';
import { motoServer, noMoto } from '../support/moto.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';
import { withEnv } from '../support/with-env.ts';

const test = suite('calls of AWS', { skip: noMoto });

test('regions are told apart, and what is not there is a fault with its code as evidence', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  const { aws } = moto;
  const { Regions = [] } = await aws.ask(new DescribeRegionsCommand({}), signal);
  assert.ok(Regions.some(({ RegionName }) => RegionName === aws.region));
  const elsewhere = aws.in('us-west-2');
  assert.is(elsewhere.region, 'us-west-2');
  assert.is(elsewhere.in('us-west-2'), elsewhere);

  const missing = new DescribeInstancesCommand({ InstanceIds: ['i-0123456789abcdef0'] });
  const fault = await rejects(elsewhere.ask(missing, signal), { code: 'CLOUD_FAILED' });
  assert.match(fault.message, /ec2:DescribeInstances failed in us-west-2: The instance ID/);
  assert.match(fault.details[0] ?? '', /^InvalidInstanceID.NotFound, request /);
  assert.ok(isNotFound(fault));
});

test('a server that is not there is told as such, and an abort ends the tries at once', async ({
  signal,
}) => {
  const gone = await motoServer(signal);
  const { aws, env } = gone;
  const asked = (within: AbortSignal) => aws.ask(new DescribeRegionsCommand({}), within);
  await gone[Symbol.asyncDispose]();
  using _ = withEnv(env);
  const aborted = new AbortController();
  const began = performance.now();
  setTimeout(() => aborted.abort(new Error('enough')), 200);
  await rejects(asked(aborted.signal), /enough/);
  assert.ok(performance.now() - began < 2000);
});

test('without a region the answer says where one is set', async () => {
  const unset = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, AWS_PROFILE: undefined };
  using _ = withEnv({ ...unset, AWS_CONFIG_FILE: '/dev/null' });
  const fault = await rejects(connectAws(), { code: 'CONFIG_INVALID' });
  assert.match(fault.hint ?? '', /AWS_REGION/);
});

test.run();
