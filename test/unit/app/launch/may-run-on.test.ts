import * as assert from 'uvu/assert';
import { mayRunOn } from '../../../../src/app/launch/may-run-on.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { suite } from '../../../support/suite.ts';
import { launchWorld } from './launch-world.ts';

const test = suite('whether an engine that does not answer may run something');

const FILES = {
  'environments/onqemu/environment.yaml': 'platform: qemu\nimages: { web: {} }\n',
  'environments/empty/environment.yaml': 'platform: docker\n',
  'environments/mixed/environment.yaml': 'platform: qemu\nimages: { web: {}, app: { platform: docker } }\n',
  'environments/moved/environment.yaml': 'platform: docker\nimages: { web: { platform: qemu } }\n',
  'environments/broken/environment.yaml': 'platform: dokcer\n',
};

type World = Awaited<ReturnType<typeof launchWorld>>;

function may(world: World, environment: string | undefined, signal: AbortSignal, workspace = world.root) {
  return mayRunOn('docker', environment, { workspace, history: world.history }, signal);
}

/** A launch of web in an environment that came out well, or a stop of it. */
async function noted({ history }: World, environment: string, platform: string | undefined, stopped = false) {
  const entry = await history.begin({
    launch: `${environment}-${platform}`,
    environment,
    action: stopped ? 'stop' : 'launch',
    template: 'web',
    image: 'web@1',
    digest: digestOf('web'),
    ...(platform === undefined ? {} : { platform }),
  });
  await entry.end({ result: stopped ? 'stopped' : 'healthy', ms: 1, instances: ['web-1'] });
}

for (const [environment, expected, why] of [
  ['onqemu', false, 'nothing of it is declared there'],
  ['moved', false, 'all its images say another platform'],
  ['empty', true, 'it says that platform'],
  ['mixed', true, 'one of its images does'],
  ['broken', true, 'nobody can say'],
  ['gone', false, 'neither files nor the history know it'],
] as const)
  test(`${environment}: ${expected ? 'it may' : 'it may not'}, as ${why}`, async ({ signal }) => {
    await using world = await launchWorld(FILES);
    assert.is(await may(world, environment, signal), expected);
  });

test('of any environment it may as soon as it may of one', async ({ signal }) => {
  await using world = await launchWorld(FILES);
  assert.is(await may(world, undefined, signal), true);
  await using onQemu = await launchWorld({
    'environments/onqemu/environment.yaml': FILES['environments/onqemu/environment.yaml'],
  });
  assert.is(await may(onQemu, undefined, signal), false);
  await noted(onQemu, 'gone', 'docker');
  assert.is(await may(onQemu, undefined, signal), true);
  assert.is(await may(onQemu, undefined, signal, '/'), true, 'and so it is outside of a workspace');
});

test('what was launched there may run on until it is launched elsewhere or stopped', async ({ signal }) => {
  await using world = await launchWorld(FILES);
  await noted(world, 'onqemu', 'docker');
  assert.is(await may(world, 'onqemu', signal), true);
  await noted(world, 'onqemu', 'qemu');
  assert.is(await may(world, 'onqemu', signal), false);
  await noted(world, 'gone', undefined);
  assert.is(await may(world, 'gone', signal), true, 'an entry of an older kiln is of docker');
  await noted(world, 'gone', undefined, true);
  assert.is(await may(world, 'gone', signal), false);
});

test.run();
