import * as assert from 'uvu/assert';
import type { LaunchOutcome } from '../../../../src/app/launch/launch-environment.ts';
import { status } from '../../../../src/app/launch/status.ts';
import { stop } from '../../../../src/app/launch/stop.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { everythingPending } from '../../../../src/core/scope.ts';
import type { InstanceSpec } from '../../../../src/platforms/launcher.ts';
import { suite } from '../../../support/suite.ts';
import { NO_INVENTORY } from '../../catalogue/sample-record.ts';
import { launchWorld } from './launch-world.ts';

const test = suite('launching at AWS');

const WITH_AMI = { forms: ['oci', 'ami'] } as const;

function prod(ec2 = '', image = ''): Record<string, string> {
  return {
    'environments/prod/environment.yaml': `platform: ec2
ec2:
  region: eu-central-1
  subnets: [subnet-1, subnet-2]
  security-groups: [sg-1]
  ssh: { user: admin, identity: /keys/prod }
  ${ec2 || 'instance-type: t3.micro'}
images: { web: { ${image} } }
`,
  };
}

function faultOf(outcome: LaunchOutcome | undefined): Fault {
  const error = outcome?.failure?.error;
  if (!(error instanceof Fault)) throw new Error('it did not fail');
  return error;
}

/** What is launched from now on, as it is asked for. */
function specsOf(world: Awaited<ReturnType<typeof launchWorld>>): InstanceSpec[] {
  const specs: InstanceSpec[] = [];
  world.ec2.before('launch', ({ subject: { spec } }) => {
    if (spec !== undefined) specs.push(spec);
  });
  return specs;
}

test('instances are started from the AMI of the record, each with its place’s address, and nothing else is asked of other platforms', async ({
  signal,
}) => {
  await using world = await launchWorld(
    prod('instance-profile: web', 'count: 2, ec2: { elastic-ips: [eipalloc-1, eipalloc-2] }'),
  );
  await world.bake('web', { instance: { type: 't3.small' } }, WITH_AMI);
  const specs = specsOf(world);
  const [outcome] = await world.launch('prod');
  assert.is(outcome?.failure, undefined);
  assert.equal(
    specs.map(({ form, ec2, slot }) => [slot, form, ec2]),
    [1, 2].map((slot) => [
      slot,
      'ami-1',
      {
        region: 'eu-central-1',
        subnets: ['subnet-1', 'subnet-2'],
        securityGroups: ['sg-1'],
        instanceType: 't3.small',
        profile: 'web',
        elasticIp: `eipalloc-${slot}`,
        parameters: '/kiln/prod',
      },
    ]),
  );
  assert.equal(world.launcher.instances(), []);
  const shown = await status({ workspace: world.root }, world.ports, signal);
  assert.equal(
    shown.instances.map(({ node, platform, form, health }) => [node, platform, form, health]),
    [
      ['web-1', 'ec2', 'ami-1', 'healthy'],
      ['web-2', 'ec2', 'ami-1', 'healthy'],
    ],
  );
  const entry = (await world.history.read('prod')).launches[0];
  assert.is(entry?.platform, 'ec2');
});

test('another type of instance makes another instance; the same again makes none', async () => {
  await using world = await launchWorld(prod());
  await world.bake('web', {}, WITH_AMI);
  await world.launch('prod');
  assert.is((await world.launch('prod'))[0]?.places[0]?.state, 'unchanged');
  await world.write(prod('instance-type: t3.large'));
  const [outcome] = await world.launch('prod');
  assert.is(outcome?.places[0]?.why, 'its data, ports or secrets are others now');
  assert.is(world.ec2.instances().length, 1);
});

test('where the region has no AMI of it, nothing is touched, and a copy is as good as the image’s own', async ({
  signal,
}) => {
  await using world = await launchWorld({});
  const files = prod();
  await world.write({
    'environments/prod/environment.yaml': Object.values(files)[0]?.replace('eu-central-1', 'eu-west-1') ?? '',
  });
  const record = await world.bake('web', {}, WITH_AMI);
  const fault = faultOf((await world.launch('prod'))[0]);
  assert.equal(
    [fault.code, fault.message, fault.hint],
    [
      'FORM_MISSING',
      'web@1 has no AMI in eu-west-1, where prod runs',
      'Copy it there: add eu-west-1 to `ami.copy` of its template, then `bake distribute web@1`.',
    ],
  );
  await world.catalogue.noteCopy(record, {
    what: 'copied',
    region: 'eu-west-1',
    id: 'ami-77',
    snapshots: [],
    run: 'r',
    at: new Date().toISOString(),
  });
  assert.match(
    faultOf((await world.launch('prod'))[0]).message,
    /has an AMI in eu-west-1, but ami-77 is not there/,
  );
  world.amis.set('eu-west-1 ami-77', 'available');
  assert.is((await world.launch('prod'))[0]?.failure, undefined);
  const { instances } = await status({ workspace: world.root }, world.ports, signal);
  assert.equal(
    instances.map(({ form, health }) => [form, health]),
    [['ami-77', 'healthy']],
  );
});

for (const [what, forms, runtime, code, message] of [
  ['an image without an AMI', ['oci'], {}, 'FORM_MISSING', /web@1 has no form ami/],
  ['one without an init', ['oci', 'ami'], { init: 'none' }, 'CONFIG_INVALID', /ec2 runs machines that boot/],
] as const) {
  test(`${what} is refused before anything is touched`, async () => {
    await using world = await launchWorld(prod());
    await world.bake('web', runtime, { forms });
    const fault = faultOf((await world.launch('prod'))[0]);
    assert.is(fault.code, code);
    assert.match(fault.message, message);
    assert.equal(
      world.ec2.calls.map((call) => call.split(' ')[0]),
      ['list'],
    );
  });
}

test('without a type of instance nothing can be started', async () => {
  await using world = await launchWorld(prod('address: private'));
  await world.bake('web', {}, WITH_AMI);
  const fault = faultOf((await world.launch('prod'))[0]);
  assert.is(fault.code, 'CONFIG_INVALID');
  assert.match(fault.message, /nothing says which instance type web-1 has/);
});

test('an environment moves from containers to AWS place by place, back by a rollback, and stops there', async ({
  signal,
}) => {
  await using world = await launchWorld({
    'environments/prod/environment.yaml': 'platform: docker\nimages: { web: {} }\n',
  });
  await world.bake('web', {}, WITH_AMI);
  await world.launch('prod');
  await world.write(prod());
  await world.bake('web', {}, WITH_AMI);
  await world.launch('prod');
  assert.equal(world.launcher.instances(), []);
  assert.equal(
    world.ec2.instances().map(({ image, serving, form }) => [image, serving, form]),
    [['web@2', true, 'ami-2']],
  );
  await world.launch('prod', { names: ['web'], action: 'rollback' });
  assert.equal(
    world.ec2.instances().map(({ image, serving, form }) => [image, serving, form]),
    [['web@1', true, 'ami-1']],
  );
  await stop({ workspace: world.root, environment: 'prod', names: [] }, world.ports, () => {}, signal);
  assert.equal(world.ec2.instances(), []);
});

test('whatever AWS refuses, one instance serves and no other is left', async () => {
  for (const method of ['launch', 'enter', 'withdraw', 'publish'] as const) {
    await using world = await launchWorld(prod());
    await world.bake('web', {}, WITH_AMI);
    await world.launch('prod');
    await world.bake('web', {}, WITH_AMI);
    const done = world.ec2.calls.filter((call) => call.startsWith(`${method} `)).length;
    // What serves is entered first, to be asked how it is.
    const nth = done + (method === 'enter' ? 2 : 1);
    world.ec2.fail(method, nth, new Fault('CLOUD_FAILED', 'told to'));
    assert.is(faultOf((await world.launch('prod'))[0]).code, 'CLOUD_FAILED', method);
    assert.equal(
      world.ec2.instances().map(({ image, serving }) => [image, serving]),
      [['web@1', true]],
      method,
    );
    assert.equal(everythingPending(), []);
  }
});

test('an image without cloud-init is refused where it is needed, before anything is started', async () => {
  const closed = (files: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, text.replace(/^ {2}ssh:.*\n/m, '')]),
    );
  const only = (...names: string[]) => ({
    inventory: { ...NO_INVENTORY, packages: names.map((name) => ({ name, version: '1', arch: 'all' })) },
  });
  const data = { greeting: { type: 'string', required: false, default: 'Hello' } } as const;
  for (const [what, files, runtime, draft, refused] of [
    ['entered', prod(), { data: {} }, only('nginx'), ['its instances are entered by ssh']],
    ['entered', prod(), { data: {} }, only('nginx', 'cloud-init'), undefined],
    ['entered, newer', prod(), { data: {} }, only('cloud-init-base'), undefined],
    ['of unknown packages', prod(), { data }, only(), undefined],
    ['with data', closed(prod()), { data }, only('nginx'), ['the image declares data']],
    ['with nothing', closed(prod()), { data: {} }, only('nginx'), undefined],
  ] as const) {
    await using world = await launchWorld(files, { closed: () => ({ address: '127.0.0.1' }) });
    await world.bake('web', runtime, { ...WITH_AMI, draft });
    const specs = specsOf(world);
    const [outcome] = await world.launch('prod');
    assert.is(specs.length, refused === undefined ? 1 : 0, what);
    if (refused === undefined) continue;
    const fault = faultOf(outcome);
    assert.equal([fault.code, fault.details], ['CONFIG_INVALID', refused], what);
    assert.match(fault.hint ?? '', 'Name `cloud-init` in `boot:` of its base');
  }
});

test.run();
