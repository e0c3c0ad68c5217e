import * as assert from 'uvu/assert';
import { isWell, status } from '../../../../src/app/launch/status.ts';
import { manifestDigest, writeManifest } from '../../../../src/tree/manifest.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { launchWorld } from './launch-world.ts';

const test = suite('the status of environments');

const FILES = {
  'environments/zeta/environment.yaml': 'platform: docker\nimages: { web: {} }\n',
  'environments/prod/environment.yaml': 'platform: docker\nafter: zeta\nimages: { web: {} }\n',
};

async function look(
  world: Awaited<ReturnType<typeof launchWorld>>,
  signal: AbortSignal,
  environment?: string,
) {
  const request = { workspace: world.root, ...(environment === undefined ? {} : { environment }) };
  return await status(request, world.ports, signal);
}

/** Bakes an image whose tree is the fake's, which is empty. */
async function bakeEmpty(world: Awaited<ReturnType<typeof launchWorld>>, baked: { unverified?: true } = {}) {
  const draft = { manifest: { digest: manifestDigest([]), file: 'images/x' } };
  const record = await world.bake('web', {}, { ...baked, draft });
  await writeManifest(world.ports.catalogue.manifestPath(record.digest), []);
}

test('each environment stands behind the one it comes after, with what waits for it', async ({ signal }) => {
  await using world = await launchWorld(FILES);
  await world.bake();
  await world.launch('zeta');
  await world.launch('prod');
  await world.bake();
  const { instances, next, broken } = await look(world, signal);
  assert.equal(
    instances.map(({ environment, node, image, health }) => [environment, node, image, health]),
    [
      ['zeta', 'web-1', 'web@1', 'healthy'],
      ['prod', 'web-1', 'web@1', 'healthy'],
    ],
  );
  assert.equal(
    next.map(({ environment, image, state }) => [environment, image, state]),
    [
      ['zeta', 'web@2', 'waiting'],
      ['prod', 'web@1', 'current'],
    ],
  );
  assert.equal(broken, []);
});

test('an image without a manifest is unknown, one that ended is stopped, and neither hides the others', async ({
  signal,
}) => {
  await using world = await launchWorld({
    'environments/dev/environment.yaml': 'platform: docker\nimages: { web: { count: 2 } }\n',
  });
  await world.bake();
  await world.launch('dev');
  const [, second] = world.launcher.instances();
  world.launcher.end(second ?? { id: '' });
  const { instances } = await look(world, signal);
  assert.equal(
    instances.map(({ node, health, drift }) => [node, health, drift]),
    [
      ['web-1', 'healthy', 'unknown'],
      ['web-2', 'stopped', 'unknown'],
    ],
  );
});

test('one that does not run the bytes of its record is unknown, and says so', async ({ signal }) => {
  await using world = await launchWorld(FILES);
  await bakeEmpty(world);
  await world.launch('zeta');
  const { launcher } = world.ports;
  const other: typeof launcher = {
    ...launcher,
    list: async (...asked) =>
      (await launcher.list(...asked)).map((instance) => ({ ...instance, runs: `sha256:${'f'.repeat(64)}` })),
  };
  const { instances } = await status(
    { workspace: world.root, environment: 'zeta' },
    { ...world.ports, launcher: other },
    signal,
  );
  assert.equal(instances[0]?.why, ['it does not run the bytes of web@1']);
  assert.is(instances[0]?.health, 'unknown');
});

test('an image that was revoked while it runs is said to be, and is not well, as is one that has drifted or ended', async ({
  signal,
}) => {
  await using world = await launchWorld(FILES);
  await bakeEmpty(world);
  await world.launch('zeta');
  const good = await look(world, signal, 'zeta');
  assert.ok(isWell(good));
  assert.not.ok(isWell({ ...good, broken: [{ environment: 'prod', why: '1 problem' }] }));
  await world.ports.catalogue.revoke('web@1', { reason: 'CVE-1', by: 'alice@b' }, new Date());
  const revoked = await look(world, signal, 'zeta');
  const [instance] = revoked.instances;
  assert.equal(
    [instance?.health, instance?.drift, instance?.why],
    ['healthy', 'no', ['web@1 is revoked: CVE-1']],
  );
  assert.not.ok(isWell(revoked));
  for (const [instance] of [[{ health: 'stopped' }], [{ drift: 'yes' }]] as const)
    assert.not.ok(isWell({ ...good, instances: good.instances.map((one) => ({ ...one, ...instance })) }));
});

test('each reason why what comes next is refused is told once', async ({ signal }) => {
  await using world = await launchWorld(FILES);
  await world.bake('web', {}, { resumed: { step: 2, bake: '3h2k' } });
  await world.ports.catalogue.revoke('web@1', { reason: 'CVE-1', by: 'alice@b' }, new Date(0));
  const { next } = await look(world, signal, 'zeta');
  assert.equal(next, [
    {
      environment: 'zeta',
      template: 'web',
      state: 'refused',
      why: 'web@1 may not go to zeta: it was baked from the checkpoint converge:2 of bake 3h2k, and only dev takes that, and 1 more; it was revoked by alice@b on 1970-01-01 00:00Z: CVE-1',
    },
  ]);
});

test('one that only must not go everywhere is well, and that is told', async ({ signal }) => {
  await using world = await launchWorld(FILES);
  await bakeEmpty(world, { unverified: true });
  await world.launch('zeta');
  const found = await look(world, signal, 'zeta');
  assert.equal(found.instances[0]?.notes, ['web@1 was never started before it was published']);
  assert.ok(isWell(found));
});

test('an environment whose files are wrong is named, and the others are told', async ({ signal }) => {
  await using world = await launchWorld({
    ...FILES,
    'environments/prod/environment.yaml': 'platform: dokcer\n',
  });
  await world.bake();
  await world.launch('zeta');
  const { instances, broken } = await look(world, signal);
  assert.is(instances.length, 1);
  assert.equal(broken, [{ environment: 'prod', why: '1 problem in environments/prod/environment.yaml' }]);
  await rejects(look(world, signal, 'prod'), { code: 'CONFIG_INVALID' });
});

test('without a workspace there is still what runs', async ({ signal }) => {
  await using world = await launchWorld(FILES);
  await world.bake();
  await world.launch('zeta');
  const { instances, next } = await status({ workspace: '/' }, world.ports, signal);
  assert.equal([instances.length, next.length], [1, 0]);
});

test.run();
