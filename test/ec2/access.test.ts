import { RunInstancesCommand } from '@aws-sdk/client-ec2';
import * as assert from 'uvu/assert';
import { examineEc2 } from '../../src/app/examine-ec2.ts';
import { askAccess } from '../../src/platforms/ec2/ask-access.ts';
import { BAKE_TAG, tagSpecifications } from '../../src/platforms/ec2/tags.ts';
import { awsProxy } from '../support/aws-proxy.ts';
import { motoServer, noMoto } from '../support/moto.ts';
import { suite } from '../support/suite.ts';

const test = suite('what EC2 lets us do', { skip: noMoto });

test('each action is asked for without being done, and what is denied is told with its purpose', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  const { aws } = proxy;
  const examine = () => examineEc2('/', signal, { ask: (_region, uses, all) => askAccess(aws, uses, all) });
  const empty = await examine();
  assert.equal(
    empty.map(({ name, state }) => [name, state]),
    [
      ['AWS credentials', 'there'],
      ['AWS permissions', 'there'],
      ['not asked', 'unusable'],
      ['not asked', 'unusable'],
    ],
  );
  assert.match(
    empty[0]?.about ?? '',
    /^the credentials of AWS_ACCESS_KEY_ID, account 123456789012, in eu-central-1$/,
  );
  const notAsked = empty.filter(({ name }) => name === 'not asked').map(({ about }) => about);
  assert.match(notAsked.join('\n'), /ebs:StartSnapshot.*: AWS has no dry run of it/);
  // What only reads is asked for real.
  assert.not.match(notAsked.join('\n'), /ssm:(DescribeParameters|GetParametersByPath)/);
  assert.match(notAsked.join('\n'), /ec2:TerminateInstances.*: there is nothing of ours/);

  await aws.ec2.send(
    new RunInstancesCommand({
      ...{ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1 },
      TagSpecifications: tagSpecifications(['instance'], { [BAKE_TAG]: 'some' }),
    }),
  );
  const asked = proxy.calls.length;
  const denied = ['ec2:TerminateInstances', 'ec2:ImportKeyPair'];
  for (const action of denied) proxy.inject({ action, error: 'UnauthorizedOperation' });
  proxy.inject({ action: 'ssm:DescribeParameters', error: 'AccessDeniedException' });
  const findings = await examine();
  assert.equal(
    findings
      .filter(({ state }) => state === 'missing')
      .map(({ name, purpose }) => `${name}: ${purpose}`)
      .sort(),
    [
      'ec2:ImportKeyPair: machine: instance',
      'ec2:TerminateInstances: removing instances',
      'ssm:DescribeParameters: launch secrets push',
    ],
  );
  assert.match(findings[1]?.about ?? '', /, 3 missing, /);
  assert.match(findings[1]?.remedy ?? '', /bake policy/);
  const changing = proxy.calls
    .slice(asked)
    .filter(({ action }) => action.startsWith('ec2:') && !action.startsWith('ec2:Describe'));
  assert.ok(changing.length > 5);
  assert.ok(changing.every(({ params }) => params.get('DryRun') === 'true'));
});

test('credentials that have expired, and a server without dry runs, end it before anything is asked', async ({
  signal,
}) => {
  await using moto = await motoServer(signal);
  await using proxy = await awsProxy(moto);
  const { aws } = proxy;
  const examine = () => examineEc2('/', signal, { ask: (_region, uses, all) => askAccess(aws, uses, all) });
  proxy.inject({
    action: 'ec2:DescribeRegions',
    times: 1,
    error: 'ExpiredToken',
    message: 'It has expired.',
  });
  const [expired, ...none] = await examine();
  assert.equal(none, []);
  assert.is(expired?.state, 'missing');
  assert.match(expired?.about ?? '', /AWS_ACCESS_KEY_ID: It has expired; ExpiredToken/);
  assert.match(expired?.remedy ?? '', /AWS_SESSION_TOKEN/);

  proxy.inject({ action: 'ec2:DescribeRegions', error: 'InvalidParameterValue', message: 'What is DryRun?' });
  const before = proxy.calls.length;
  const [strange] = await examine();
  assert.is(strange?.state, 'unusable');
  assert.match(strange?.about ?? '', /knows no dry runs/);
  assert.is(proxy.calls.length, before + 1);
});

test.run();
