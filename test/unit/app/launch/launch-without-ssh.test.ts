import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { drift } from '../../../../src/app/launch/drift.ts';
import type { LaunchOutcome } from '../../../../src/app/launch/launch-environment.ts';
import { isWell, status } from '../../../../src/app/launch/status.ts';
import { stop } from '../../../../src/app/launch/stop.ts';
import { initSecrets } from '../../../../src/app/secrets/init-secrets.ts';
import { setSecret } from '../../../../src/app/secrets/set-secret.ts';
import type { Runtime } from '../../../../src/catalogue/runtime.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { Secret } from '../../../../src/core/secret.ts';
import type { Instance, InstanceSpec } from '../../../../src/platforms/launcher.ts';
import { manifestDigest, writeManifest } from '../../../../src/tree/manifest.ts';
import { suite } from '../../../support/suite.ts';
import { withEnv } from '../../../support/with-env.ts';
import { launchWorld, PROBE } from './launch-world.ts';

const test = suite('launching at AWS without ssh', { deadline: 30_000 });

const WITH_AMI = { forms: ['ami'] } as const;
const ADDRESS = '127.0.9.8';

const prod = (more = '') => ({
  'environments/prod/environment.yaml': `platform: ec2
ec2:
  region: eu-central-1
  subnets: [subnet-1]
  security-groups: [sg-1]
  instance-type: t3.micro
  ${more}
images: { web: {} }
`,
});

/** A site at the address of every instance, which is up as long as it is told to be. */
async function site() {
  const answer = { status: 200 };
  const server = createServer((_request, response) => {
    response.statusCode = answer.status;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve));
  const { port } = server.address() as AddressInfo;
  const checks: Runtime['checks'] = {
    service: { app: { running: true } },
    http: { [`http://localhost:${port}/`]: { status: 200 } },
    file: { '/etc/app.conf': { exists: true } },
  };
  return {
    answer,
    runtime: { checks, probe: { ...PROBE, timeout: 300, interval: 20 } },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type World = Awaited<ReturnType<typeof launchWorld>>;

async function closedWorld(more = '', trouble: (instance: Instance) => string | undefined = () => undefined) {
  return await launchWorld(prod(more), {
    closed(instance) {
      const found = trouble(instance);
      return { address: ADDRESS, ...(found === undefined ? {} : { trouble: found }) };
    },
  });
}

/** Bakes an image whose tree is known, so that only the instance could say that it drifted. */
async function bake(world: World, runtime: Partial<Runtime>) {
  const draft = { manifest: { digest: manifestDigest([]), file: 'images/x' } };
  const record = await world.bake('web', runtime, { ...WITH_AMI, draft });
  await writeManifest(world.ports.catalogue.manifestPath(record.digest), []);
  return record;
}

function faultOf(outcome: LaunchOutcome | undefined): Fault {
  const error = outcome?.failure?.error;
  if (!(error instanceof Fault)) throw new Error('it did not fail');
  return error;
}

const notesOf = ({ events }: World) =>
  events.flatMap((event) => (event.type === 'note' ? [`${event.stage}: ${event.message}`] : []));

const ASKED =
  'its checks are asked from outside, as nobody can enter it; not asked are service app, file /etc/app.conf';

test('an instance is checked from outside, and what was not asked is told; drift is unknown, and all else works', async ({
  signal,
}) => {
  await using page = await site();
  await using world = await closedWorld();
  await bake(world, page.runtime);
  assert.is((await world.launch('prod'))[0]?.failure, undefined);
  assert.equal(notesOf(world), [`check: ${ASKED}`]);
  assert.is((await world.launch('prod'))[0]?.places[0]?.state, 'unchanged');

  const request = { workspace: world.root, environment: 'prod' };
  const shown = await status(request, world.ports, signal);
  assert.equal(
    shown.instances.map(({ health, drift, why, notes }) => ({ health, drift, why, notes })),
    [
      {
        health: 'healthy',
        drift: 'unknown',
        why: [],
        notes: [ASKED, 'nothing says how instances of prod are entered'],
      },
    ],
  );
  assert.ok(isWell(shown));
  const { instances } = await drift({ ...request, names: [] }, world.ports, signal);
  assert.equal(
    instances.map(({ state, why }) => [state, why]),
    [['unknown', 'nothing says how instances of prod are entered']],
  );

  await bake(world, page.runtime);
  await world.launch('prod');
  await world.launch('prod', { names: ['web'], action: 'rollback' });
  assert.equal(
    world.ec2.instances().map(({ image, serving }) => [image, serving]),
    [['web@1', true]],
  );
  await stop({ ...request, names: [] }, world.ports, () => {}, signal);
  assert.equal(world.ec2.instances(), []);
});

test('one that does not answer at its address is not healthy, and what served before serves on', async ({
  signal,
}) => {
  await using page = await site();
  await using world = await closedWorld();
  await bake(world, page.runtime);
  await world.launch('prod');
  await bake(world, page.runtime);
  page.answer.status = 500;
  const fault = faultOf((await world.launch('prod'))[0]);
  assert.is(fault.code, 'CHECK_FAILED');
  assert.match(fault.message, /^web@2 as web-1 is not healthy: http http:\/\/localhost:/);
  assert.match(
    fault.hint ?? '',
    /this host asked it at 127\.0\.9\.8: may it, by the network and the security groups\?/,
  );
  assert.equal(
    world.ec2.instances().map(({ image, serving }) => [image, serving]),
    [['web@1', true]],
  );
  const shown = await status({ workspace: world.root, environment: 'prod' }, world.ports, signal);
  assert.is(shown.instances[0]?.health, 'unhealthy');
  assert.not.ok(isWell(shown));
});

test('what AWS’s own checks find counts, whatever the image’s say', async ({ signal }) => {
  await using page = await site();
  const trouble = 'AWS says: system status ok, instance status impaired';
  let impaired = '';
  await using world = await closedWorld('', ({ id }) => (id === impaired ? trouble : undefined));
  await bake(world, page.runtime);
  await world.launch('prod');
  impaired = 'ec2-1';
  const shown = await status({ workspace: world.root, environment: 'prod' }, world.ports, signal);
  assert.is(shown.instances[0]?.health, 'unhealthy');
  assert.is(shown.instances[0]?.why[0], trouble);
  assert.is((await world.launch('prod'))[0]?.places[0]?.why, `it was not healthy: ${trouble}`);
  await bake(world, page.runtime);
  impaired = 'ec2-3';
  const fault = faultOf((await world.launch('prod'))[0]);
  assert.equal([fault.code, fault.message], ['CHECK_FAILED', `web@2 as web-1 is not healthy: ${trouble}`]);
});

test('where nothing is checked before the swap, what was not asked is told after it', async () => {
  await using page = await site();
  await using world = await launchWorld(
    {
      'environments/prod/environment.yaml': prod()['environments/prod/environment.yaml'].replace(
        'web: {}',
        'web: { check-before-swap: false }',
      ),
    },
    { closed: () => ({ address: ADDRESS }) },
  );
  await bake(world, page.runtime);
  assert.is((await world.launch('prod'))[0]?.failure, undefined);
  assert.equal(notesOf(world), [`confirm: ${ASKED}`]);
});

test('where nothing can be asked from outside that is told too', async () => {
  await using world = await closedWorld();
  await world.bake('web', {}, WITH_AMI);
  assert.is((await world.launch('prod'))[0]?.failure, undefined);
  const told = 'nobody can enter it, and nothing can be asked from outside: only status checks count';
  assert.equal(notesOf(world), [`check: ${told}`]);
});

/** What is launched from now on, as it is asked for. */
function specsOf(world: World): InstanceSpec[] {
  const specs: InstanceSpec[] = [];
  world.ec2.before('launch', ({ subject: { spec } }) => {
    if (spec !== undefined) specs.push(spec);
  });
  return specs;
}

test('an image with secrets is refused, before anything is touched, where nothing hands them out', async () => {
  await using world = await closedWorld();
  await world.bake('web', { secrets: { api_token: { required: false } } }, WITH_AMI);
  const fault = faultOf((await world.launch('prod'))[0]);
  assert.is(fault.code, 'CONFIG_INVALID');
  assert.is(fault.message, 'web@1 declares secrets, and nothing hands them out in prod');
  assert.match(fault.hint ?? '', /`ssh:`.*`secrets: parameters`/);
  assert.equal(world.ec2.calls, ['list prod']);
});

for (const ssh of ['', '\n  ssh: { user: admin, identity: /keys/prod }'])
  test(`one that fetches its secrets by itself is started once they are pushed, and is told their names alone${ssh && ', with ssh too'}`, async ({
    signal,
  }) => {
    await using world = await launchWorld(
      prod(`secrets: parameters${ssh}`),
      ssh === '' ? { closed: () => ({ address: ADDRESS }) } : {},
    );
    using _set = withEnv({ SOPS_AGE_KEY_FILE: join(world.home, 'keys.txt') });
    const request = { workspace: world.root, environment: 'prod' };
    await initSecrets({ ...request, recipients: [] }, signal);
    for (const name of ['api_token', 'db_password', 'unasked'])
      await setSecret({ ...request, name, value: new Secret(`the ${name}`) }, signal);
    await world.bake(
      'web',
      { secrets: { api_token: { required: true }, db_password: { required: true } } },
      WITH_AMI,
    );
    const specs = specsOf(world);
    world.parameters.set('eu-central-1 /kiln/prod/db_password', 'an old one');
    const fault = faultOf((await world.launch('prod'))[0]);
    assert.equal(
      { code: fault.code, message: fault.message, details: fault.details, hint: fault.hint },
      {
        code: 'DATA_INVALID',
        message: 'Parameter Store in eu-central-1 has not all secrets that web@1 fetches there',
        details: [
          '/kiln/prod/api_token is not there',
          '/kiln/prod/db_password has another value than the environment’s file of secrets',
        ],
        hint: 'Push them first: `launch secrets push --env prod`.',
      },
    );
    assert.equal(specs, []);
    for (const name of ['api_token', 'db_password'])
      world.parameters.set(`eu-central-1 /kiln/prod/${name}`, `the ${name}`);
    assert.is((await world.launch('prod'))[0]?.failure, undefined);
    assert.equal(specs[0]?.ec2?.fetches, ['api_token', 'db_password']);
    const [instance] = world.ec2.instances();
    const delivered = [...world.ec2.delivered(instance ?? { id: '' }).keys()];
    assert.equal(
      delivered.filter((path) => path.startsWith('credentials/')),
      [],
    );
  });

test.run();
