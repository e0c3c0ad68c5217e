import * as assert from 'uvu/assert';
import type { LaunchOutcome } from '../../../../src/app/launch/launch-environment.ts';
import { status } from '../../../../src/app/launch/status.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { everythingPending, Scope } from '../../../../src/core/scope.ts';
import { cleanupText } from '../../../../src/ui/cleanup-text.ts';
import { instanceSpec } from '../../../support/instance-spec.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { launchWorld, PROBE } from './launch-world.ts';

const test = suite('launching an environment');

const DEV = {
  'environments/dev/environment.yaml': 'platform: docker\nimages: { web: { publish: ["8081:80"] } }\n',
};
const TWO = {
  'environments/dev/environment.yaml':
    'platform: docker\nimages: { web: { count: 2, publish: ["8081-8082:80"] } }\n',
};
/** How an image's launch failed. */
function faultOf(outcome: LaunchOutcome | undefined): Fault {
  const error = outcome?.failure?.error;
  if (!(error instanceof Fault)) throw new Error('it did not fail');
  return error;
}

test('the first launch starts every place and records it', async () => {
  await using world = await launchWorld(TWO);
  await world.bake();
  const [outcome] = await world.launch('dev');
  assert.equal(
    outcome?.places.map(({ node, state, why }) => [node, state, why]),
    [
      ['web-1', 'launched', 'nothing ran there'],
      ['web-2', 'launched', 'nothing ran there'],
    ],
  );
  assert.equal(world.runs(), ['dev web-1 web@1 serving', 'dev web-2 web@1 serving']);
  const { launches } = await world.history.read('dev');
  assert.equal(
    launches.map(({ action, image, result, instances }) => [action, image, result, instances]),
    [['launch', 'web@1', 'healthy', ['web-1', 'web-2']]],
  );
});

test('the same again touches nothing and records nothing', async () => {
  await using world = await launchWorld(DEV);
  await world.bake();
  await world.launch('dev');
  const before = world.launcher.calls.length;
  const [outcome] = await world.launch('dev');
  assert.is(outcome?.places[0]?.state, 'unchanged');
  assert.equal(
    world.launcher.calls.slice(before).map((call) => call.split(' ')[0]),
    // The launch before may have ended right before it came to the last.
    ['list', 'enter', 'adopt'],
  );
  assert.is((await world.history.read('dev')).launches.length, 1);
});

test('a new image takes the places one after another, and each old one goes last', async () => {
  await using world = await launchWorld(TWO);
  await world.bake();
  await world.launch('dev');
  await world.bake();
  const before = world.launcher.calls.length;
  const [outcome] = await world.launch('dev');
  assert.is(outcome?.previous, 'web@1');
  assert.equal(
    world.launcher.calls.slice(before).map((call) => call.replace(/(kiln-dev-web-\d).*/, '$1')),
    [
      'list dev',
      'launch',
      'enter',
      'withdraw',
      'publish',
      'enter',
      'remove',
      'launch',
      'enter',
      'withdraw',
      'publish',
      'enter',
      'remove',
      // What others start from it is the new one only now.
      'adopt',
    ].map((call, index) => (call.includes(' ') ? call : `${call} kiln-dev-web-${index < 7 ? 1 : 2}`)),
  );
  assert.equal(world.runs(), ['dev web-1 web@2 serving', 'dev web-2 web@2 serving']);
});

test('what was baked from a checkpoint goes to dev alone, until the whole bake of the same bytes is there', async ({
  signal,
}) => {
  const staging = 'platform: docker\nafter: dev\nimages: { web: {} }\n';
  await using world = await launchWorld({ ...DEV, 'environments/staging/environment.yaml': staging });
  await world.bake('web', {}, { resumed: { step: 2, bake: '3h2k' } });
  await world.launch('dev');
  const { instances } = await status({ workspace: world.root }, world.ports, signal);
  assert.equal(instances[0]?.notes, ['web@1 was baked from a checkpoint']);
  const [refused] = await world.launch('staging', { override: 'it must be' });
  assert.is(faultOf(refused).code, 'NOT_PROMOTED');
  assert.is(faultOf(refused).hint, 'Bake it whole: `bake image web`.');
  await world.bake('web', {}, { as: 1 });
  const [again] = await world.launch('dev');
  assert.is(again?.places[0]?.why, 'it ran web@1, which was baked from a checkpoint');
  await world.launch('staging');
  assert.ok(world.runs().includes('staging web-1 web@2 serving'));
  await world.bake('web', {}, { as: 1 });
  const [same] = await world.launch('dev');
  assert.is(same?.places[0]?.why, undefined, 'another name alone is no reason');
});

test('other data or ports are another instance of the same image', async () => {
  await using world = await launchWorld(DEV);
  await world.bake();
  await world.launch('dev');
  await world.write({ 'environments/common.yaml': 'greeting: Good day\n' });
  const [first] = await world.launch('dev');
  assert.is(first?.places[0]?.why, 'its data, ports or secrets are others now');
  const [instance] = world.launcher.instances();
  assert.match(
    world.launcher.delivered(instance ?? { id: '' }).get('kiln/environment') ?? '',
    'GREETING="Good day"',
  );
  await world.write({
    'environments/dev/environment.yaml': 'platform: docker\nimages: { web: { publish: ["9000:80"] } }\n',
  });
  await world.launch('dev');
  assert.equal(
    world.launcher.instances().map(({ publish }) => publish.map(({ hostPort }) => hostPort)),
    [[9000]],
  );
});

test('an image that is not healthy never takes the place, and is gone', async () => {
  await using world = await launchWorld(DEV, { healthy: ({ image }) => image !== 'web@2' });
  await world.bake();
  await world.launch('dev');
  await world.bake();
  const before = world.launcher.calls.length;
  const [outcome] = await world.launch('dev');
  assert.is(faultOf(outcome).code, 'CHECK_FAILED');
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
  assert.not.ok(world.launcher.calls.slice(before).some((call) => /^(withdraw|publish)/.test(call)));
  const last = (await world.history.read('dev')).launches.at(-1);
  assert.equal([last?.image, last?.result, last?.code], ['web@2', 'failed', 'CHECK_FAILED']);
});

test('an image that is not healthy where it serves is swapped out again', async () => {
  await using world = await launchWorld(DEV, {
    healthy: ({ image, serving }) => image !== 'web@2' || !serving,
  });
  await world.bake();
  await world.launch('dev');
  await world.bake();
  const [outcome] = await world.launch('dev');
  assert.is(faultOf(outcome).exitCode, 1);
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
  assert.ok(
    world.events.some(
      (event) => event.type === 'cleanup' && /web@1 serves again/.test(event.outcome.done ?? ''),
    ),
  );
});

test('a first image that is not healthy where it serves is told to serve no more', async () => {
  await using world = await launchWorld(DEV, { healthy: ({ serving }) => !serving });
  await world.bake();
  const [outcome] = await world.launch('dev');
  assert.is(faultOf(outcome).exitCode, 1);
  assert.equal(world.runs(), []);
  const told = world.events.flatMap((event) => (event.type === 'cleanup' ? cleanupText(event.outcome) : []));
  assert.match(told[0] ?? '', /^web@1 serves no more \(\S*web-1\S*\)$/);
  assert.not.match(told.join('\n'), 'ports');
});

test('an image that turns bad where it serves is not given the time to come up again', async () => {
  let swapped = false;
  await using world = await launchWorld(DEV, { healthy: ({ image }) => image !== 'web@2' || !swapped });
  await world.bake();
  await world.launch('dev');
  // Longer than the test may take.
  await world.bake('web', { probe: { ...PROBE, timeout: 3_600_000 } });
  world.launcher.after('publish', ({ subject }) => {
    if (subject.instance?.image === 'web@2') swapped = true;
  });
  const [outcome] = await world.launch('dev');
  assert.is(faultOf(outcome).message, 'web@2 as web-1 is not healthy: process app');
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
});

test('a port that the image says it does not listen on is refused before anything is touched', async () => {
  await using world = await launchWorld({
    'environments/dev/environment.yaml': 'platform: docker\nimages: { web: { publish: ["8081:8089"] } }\n',
  });
  await world.bake();
  const [outcome] = await world.launch('dev');
  assert.is(faultOf(outcome).code, 'CONFIG_INVALID');
  assert.is(faultOf(outcome).message, 'dev publishes port 8089/tcp of web@1, which listens on 80/tcp');
  assert.equal(world.runs(), []);
});

test('an instance that dies after the swap is swapped out again', async () => {
  await using world = await launchWorld(DEV);
  await world.bake();
  await world.launch('dev');
  await world.bake();
  world.launcher.after('publish', ({ subject }) => {
    if (subject.instance?.image === 'web@2') world.launcher.end(subject.instance);
  });
  const [outcome] = await world.launch('dev');
  assert.match(faultOf(outcome).message, 'web-1 is not healthy: it has ended');
  assert.is(faultOf(outcome).exitCode, 1);
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
});

test('a port that is taken leaves everything as it was', async () => {
  await using world = await launchWorld(DEV);
  await world.bake();
  await world.launch('dev');
  await world.bake();
  await world.write({
    'environments/dev/environment.yaml': 'platform: docker\nimages: { web: { publish: ["9000:80"] } }\n',
  });
  world.launcher.occupy(9000);
  const [outcome] = await world.launch('dev');
  assert.is(faultOf(outcome).code, 'PORT_TAKEN');
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
});

test('whatever the engine refuses and whenever it is interrupted, one instance serves and no other is left', async () => {
  const ends = new Set<string>();
  for (const when of ['before', 'after'] as const) {
    for (const how of ['fails', 'is interrupted'] as const) {
      for (let nth = 1; nth <= 8; nth++) {
        await using world = await launchWorld(DEV);
        await world.bake();
        await world.launch('dev');
        await world.bake();
        const controller = new AbortController();
        let calls = 0;
        for (const method of ['list', 'launch', 'enter', 'withdraw', 'publish', 'remove'] as const) {
          world.launcher[when](method, () => {
            if (++calls !== nth) return;
            if (how === 'fails') throw new Fault('ENGINE_FAILED', `call ${nth} was refused`);
            controller.abort(new Fault('INTERRUPTED', 'interrupted by SIGINT'));
          });
        }
        await world.launch('dev', { signal: controller.signal }).catch(() => {});
        const [runs = '', ...others] = world.runs();
        const about = `${when} call ${nth}, which ${how}: ${world.runs().join(', ')}`;
        assert.match(runs, /web@[12] serving$/, about);
        assert.equal(others, [], about);
        assert.equal(everythingPending(), [], about);
        ends.add(runs);
      }
    }
  }
  // Late enough, the new one stays: else nothing would have been tried after the swap.
  assert.equal([...ends].sort(), ['dev web-1 web@1 serving', 'dev web-1 web@2 serving']);
});

test('what a launch that was killed in a swap left behind is put right by the next', async ({ signal }) => {
  await using world = await launchWorld(DEV);
  await world.bake();
  await world.launch('dev');
  const [old] = world.launcher.instances();
  if (old === undefined) throw new Error('nothing was launched');
  // As kill -9 leaves it between taking the old one out of reach and letting the new one be reached.
  await world.launcher.withdraw(old, signal);
  const spec = instanceSpec({ environment: 'dev', form: old.form, image: 'web@2' });
  const { keep } = await world.launcher.launch(spec, new Scope(), signal);
  keep();
  const before = world.launcher.calls.length;
  const [outcome] = await world.launch('dev', { image: 'web@1', names: ['web'] });
  assert.is(world.launcher.calls[before + 1], `publish ${old?.name}`);
  assert.is(outcome?.places[0]?.state, 'restored');
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
});

test('one that is not healthy any more is replaced by a fresh one of the same image', async () => {
  let sick = '';
  await using world = await launchWorld(DEV, { healthy: ({ id }) => id !== sick });
  await world.bake();
  await world.launch('dev');
  sick = world.launcher.instances()[0]?.id ?? '';
  const [outcome] = await world.launch('dev');
  assert.is(outcome?.places[0]?.why, 'it was not healthy: process app');
  assert.is.not(world.launcher.instances()[0]?.id, sick);
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
});

test('one that ended by itself is launched anew', async () => {
  await using world = await launchWorld(DEV);
  await world.bake();
  await world.launch('dev');
  world.launcher.mendEngine('restarted');
  const [outcome] = await world.launch('dev');
  assert.is(outcome?.places[0]?.why, 'what ran there has ended');
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
});

test('places that are not asked for any more go, and so does an image that is not declared any more', async () => {
  await using world = await launchWorld({
    'environments/dev/environment.yaml': 'platform: docker\nimages: { web: { count: 2 }, app: {} }\n',
  });
  await world.bake('web');
  await world.bake('app');
  await world.launch('dev');
  await world.write({ 'environments/dev/environment.yaml': 'platform: docker\nimages: { web: {} }\n' });
  await world.launch('dev', { names: ['web'] });
  assert.equal(world.runs(), ['dev app-1 app@1 serving', 'dev web-1 web@1 serving']);
  const outcomes = await world.launch('dev');
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
  assert.is(outcomes.find(({ template }) => template === 'app')?.places[0]?.why, 'dev declares app no more');
});

test('when one image cannot be launched, none is touched', async () => {
  await using world = await launchWorld({
    'environments/dev/environment.yaml': 'platform: docker\nimages: { web: {}, app: {} }\n',
  });
  await world.bake('web');
  await world.bake('app', { data: { workers: { type: 'integer', required: true } } });
  const outcomes = await world.launch('dev');
  assert.equal(
    outcomes.map((outcome) => [outcome.template, faultOf(outcome).code]),
    [['app', 'DATA_INVALID']],
  );
  assert.equal(world.runs(), []);
});

test('two launches at once: the second waits, says so, and finds nothing left to do', async () => {
  await using world = await launchWorld(DEV);
  await world.bake();
  world.launcher.before('launch', () => new Promise((resolve) => setTimeout(resolve, 800)));
  const both = await Promise.all([world.launch('dev'), world.launch('dev')]);
  assert.equal(both.map(([outcome]) => outcome?.places[0]?.state).sort(), ['launched', 'unchanged']);
  assert.match(world.said.join(), /another launch of dev is at work \(process \d+\): waiting for it/);
  assert.is(world.runs().length, 1);
});

test('rollback goes back one image each time, and says when there is none', async () => {
  await using world = await launchWorld(DEV);
  for (let version = 1; version <= 3; version++) {
    await world.bake();
    await world.launch('dev');
  }
  const back = () => world.launch('dev', { action: 'rollback', names: ['web'] });
  const [first] = await back();
  assert.equal([first?.reason, first?.previous], ['rolled back', 'web@3']);
  assert.equal(world.runs(), ['dev web-1 web@2 serving']);
  await back();
  assert.equal(world.runs(), ['dev web-1 web@1 serving']);
  const [last] = await back();
  assert.is(faultOf(last).code, 'NO_PREVIOUS_IMAGE');
});

test('an image goes on only when it is healthy where it comes from', async () => {
  await using world = await launchWorld({
    ...DEV,
    'environments/prod/environment.yaml': 'platform: docker\nafter: dev\nimages: { web: {} }\n',
  });
  await world.bake();
  const [refused] = await world.launch('prod');
  assert.is(faultOf(refused).code, 'NOT_PROMOTED');
  await world.launch('dev');
  await world.launch('prod');
  await world.bake();
  await world.launch('prod');
  assert.equal(world.runs(), ['dev web-1 web@1 serving', 'prod web-1 web@1 serving']);
  const [forced] = await world.launch('prod', { image: 'web@2', names: ['web'], override: 'hotfix' });
  assert.equal(forced?.overridden, ['it was never healthy in dev']);
  const last = (await world.history.read('prod')).launches.at(-1);
  assert.equal(
    [last?.image, last?.reason, last?.overridden],
    ['web@2', 'hotfix', ['it was never healthy in dev']],
  );
});

test('a name that the environment does not declare is told with those that it does', async () => {
  await using world = await launchWorld(DEV);
  const error = await rejects(world.launch('dev', { names: ['wbe'] }), { code: 'TEMPLATE_UNKNOWN' });
  assert.match(error.hint ?? '', /did you mean `web`/);
});

test.run();
