import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { examineEc2 } from '../../../src/app/examine-ec2.ts';
import { namedRegions } from '../../../src/app/named-regions.ts';
import { Fault } from '../../../src/core/fault.ts';
import type { AccessAnswer, CloudAccess } from '../../../src/platforms/cloud-access.ts';
import type { Use } from '../../../src/platforms/ec2/permissions.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('what is allowed in EC2, in all regions that are named');

const AMI = `name: web
base: debian-12
forms: [ami]
ami: { region: eu-west-1, copy: { us-west-2: {}, us-east-2: {} } }
converge: []
`;
const FILES = {
  'templates/web.yaml': AMI,
  // It ships no AMI, so its region counts for nothing.
  'templates/other.yaml': AMI.replace('name: web', 'name: other').replace('[ami]', '[oci]'),
  'templates/broken.yaml': 'name: [\n',
  'environments/prod/environment.yaml': `platform: ec2
ec2: { region: us-east-2, subnets: [subnet-0a1b2c3d], security-groups: [sg-0a1b2c3d], instance-type: t3.small }
`,
};

async function workspace(files: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

const allowed: AccessAnswer = { action: 'ec2:DescribeImages', why: 'finding AMIs', state: 'allowed' };
const unasked: AccessAnswer = { action: 'ec2:StopInstances', why: '', state: 'not asked', reason: 'nothing' };

function answering(answers: Readonly<Record<string, readonly AccessAnswer[] | Fault>>, configured?: string) {
  const asked: [string, readonly Use[]][] = [];
  const ask = async (region: string | undefined, uses: readonly Use[]): Promise<CloudAccess> => {
    const where = region ?? configured;
    if (where === undefined) throw new Fault('CONFIG_INVALID', 'no AWS region is configured');
    asked.push([where, uses]);
    const found = answers[where] ?? [allowed];
    if (found instanceof Fault) throw found;
    return { region: where, identity: 'the profile golden', answers: found };
  };
  return { ask, asked };
}

test('templates that ship AMIs, their copies and environments name regions, with what is done there', async ({
  signal,
}) => {
  await using folder = await workspace(FILES);
  assert.equal(await namedRegions(folder.path, signal), [
    { region: 'eu-west-1', uses: ['bake'], by: ['template web'] },
    { region: 'us-east-2', uses: ['copy', 'launch'], by: ['template web', 'environment prod'] },
    { region: 'us-west-2', uses: ['copy'], by: ['template web'] },
  ]);
});

test('each is asked for what is done there, the configured one for all, and outside of a workspace that alone', async ({
  signal,
}) => {
  await using folder = await workspace(FILES);
  const inside = answering({}, 'eu-west-1');
  const findings = await examineEc2(folder.path, signal, { ask: inside.ask });
  assert.equal(inside.asked, [
    ['eu-west-1', ['bake', 'launch']],
    ['us-east-2', ['copy', 'launch']],
    ['us-west-2', ['copy']],
  ]);
  assert.equal(
    findings.map(({ name, about, purpose }) => `${name}: ${about}, ${purpose}`),
    [
      'AWS credentials: the profile golden in eu-west-1, everything in EC2',
      'AWS permissions: in eu-west-1: 1 allowed, 0 missing, 0 not asked, images and instances in EC2',
      'AWS permissions: in us-east-2: 1 allowed, 0 missing, 0 not asked, template web, environment prod',
      'AWS permissions: in us-west-2: 1 allowed, 0 missing, 0 not asked, template web',
    ],
  );
  const launching = answering({}, 'eu-west-1');
  await examineEc2(folder.path, signal, { ask: launching.ask, uses: ['launch'] });
  assert.equal(launching.asked, [
    ['eu-west-1', ['launch']],
    ['us-east-2', ['launch']],
  ]);
  const baking = answering({}, 'eu-west-1');
  await examineEc2(folder.path, signal, { ask: baking.ask, uses: ['bake'] });
  assert.equal(baking.asked, [
    ['eu-west-1', ['bake']],
    ['us-east-2', ['copy']],
    ['us-west-2', ['copy']],
  ]);
  const outside = answering({}, 'eu-west-1');
  await examineEc2('/', signal, { ask: outside.ask });
  assert.equal(outside.asked, [['eu-west-1', ['bake', 'launch']]]);
});

test('a region that does not answer, and what is denied in one, leave the others', async ({ signal }) => {
  await using folder = await workspace(FILES);
  const reason = 'the profile golden may not do ec2:CopyImage in us-west-2';
  const copies: AccessAnswer = { action: 'ec2:CopyImage', why: 'copying AMIs', state: 'denied', reason };
  const { ask } = answering(
    {
      'eu-west-1': [allowed, unasked],
      'us-east-2': new Fault('CLOUD_DENIED', 'us-east-2 is not enabled', { hint: 'Enable it.' }),
      'us-west-2': [copies, unasked],
    },
    'eu-west-1',
  );
  const findings = await examineEc2(folder.path, signal, { ask });
  assert.equal(
    findings.map(({ name, state, about }) => [name, state, about]),
    [
      ['AWS credentials', 'there', 'the profile golden in eu-west-1'],
      ['AWS permissions', 'there', 'in eu-west-1: 1 allowed, 0 missing, 1 not asked'],
      ['AWS permissions', 'unusable', 'in us-west-2: 0 allowed, 1 missing, 1 not asked'],
      ['AWS in us-east-2', 'unusable', 'us-east-2 is not enabled'],
      ['ec2:CopyImage', 'missing', reason],
      ['not asked', 'unusable', 'ec2:StopInstances: nothing'],
    ],
  );
  assert.equal(
    findings.map(({ needed }) => needed),
    [true, true, true, true, true, false],
  );
});

test('the configured region may not answer either, but without credentials nobody is asked', async ({
  signal,
}) => {
  await using folder = await workspace(FILES);
  const silent = answering({ 'sa-east-1': new Fault('CLOUD_UNREACHABLE', 'sa-east-1 is away') }, 'sa-east-1');
  const findings = await examineEc2(folder.path, signal, { ask: silent.ask });
  assert.equal(
    findings.map(({ name, state }) => [name, state]),
    [
      ['AWS credentials', 'there'],
      ...['eu-west-1', 'us-east-2', 'us-west-2'].map(() => ['AWS permissions', 'there']),
      ['AWS in the configured region', 'unusable'],
    ],
  );
  const locked = answering({ 'sa-east-1': new Fault('CLOUD_LOCKED', 'it has expired') }, 'sa-east-1');
  const [expired, ...none] = await examineEc2(folder.path, signal, { ask: locked.ask });
  assert.equal([expired?.name, expired?.state, none], ['AWS credentials', 'missing', []]);
  assert.is(locked.asked.length, 1);
});

test('no configured region is one only where the workspace names none either', async ({ signal }) => {
  await using folder = await workspace(FILES);
  const { ask, asked } = answering({});
  const [credentials] = await examineEc2(folder.path, signal, { ask });
  assert.equal([asked.length, credentials?.about], [3, 'the profile golden in eu-west-1']);
  const [none, ...others] = await examineEc2('/', signal, { ask });
  assert.equal([none?.state, none?.about, others], ['unusable', 'no AWS region is configured', []]);
});

test.run();
