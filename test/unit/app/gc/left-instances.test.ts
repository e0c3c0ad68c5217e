import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { digestOf } from '../../../../src/core/digest.ts';
import { ownerOf } from '../../../../src/core/process-owner.ts';
import { Scope } from '../../../../src/core/scope.ts';
import type { Instance } from '../../../../src/platforms/launcher.ts';
import { type FakeLauncher, fakeLauncher } from '../../../support/fake-launcher.ts';
import { instanceSpec } from '../../../support/instance-spec.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryHome } from '../../catalogue/sample-record.ts';
import { collectRuns, container, fakeEngine, writeLedger } from './killed-run.ts';

const test = suite('what killed launches have left of instances');

const never = new AbortController().signal;
const PORT = { hostPort: 8080, port: 80, protocol: 'tcp' } as const;

/** An environment `prod` whose place web-1 has had these launches, oldest first. */
async function prod(...launches: readonly string[]) {
  let minute = 0;
  const launcher = fakeLauncher({ now: () => new Date(Date.UTC(2026, 0, 1, 0, minute++)) });
  const scope = new Scope();
  const instances: Instance[] = [];
  for (const launch of launches) {
    const spec = instanceSpec({ environment: 'prod', form: digestOf('form'), launch, publish: [PORT] });
    const { instance, keep } = await launcher.launch(spec, scope, never);
    keep();
    instances.push(instance);
  }
  const home = await temporaryHome();
  return { ...home, launcher, instances };
}

const place = (launch: string) => ({
  kind: 'place',
  environment: 'prod',
  template: 'web',
  slot: 1,
  launch,
  platforms: ['docker'],
});

function now(launcher: FakeLauncher): string[] {
  return launcher.instances().map(({ launch, serving }) => `${launch}${serving ? ' serves' : ''}`);
}

test('an instance that was only being started goes, and the one that serves is not touched', async ({
  signal,
}) => {
  await using world = await prod('old', 'new');
  const { launcher, instances, path } = world;
  await launcher.publish(instances[0] as Instance, signal);
  await writeLedger(path, 'new-web-1', [place('new'), container('c')]);
  const collected = await collectRuns(path, fakeEngine({ launcher }), signal);
  assert.equal(collected, [
    'removed instance kiln-prod-web-1-new',
    'removed ledger of the bake of new-web-1 /ledger/new-web-1.jsonl',
  ]);
  assert.equal(now(launcher), ['old serves']);
});

test('in the middle of a swap, and before it was confirmed, the one that ran first serves again', async ({
  signal,
}) => {
  for (const serving of [[], ['new']]) {
    await using world = await prod('old', 'new');
    const { launcher, instances, path } = world;
    if (serving.length > 0) await launcher.publish(instances[1] as Instance, signal);
    await writeLedger(path, 'new-web-1', [place('new')]);
    const dry = await collectRuns(path, fakeEngine({ launcher }), signal, { dryRun: true });
    const collected = await collectRuns(path, fakeEngine({ launcher }), signal);
    assert.equal(collected.slice(0, 2), [
      'restored place of an instance that a launch had put out of reach: kiln-prod-web-1-old',
      'removed instance kiln-prod-web-1-new',
    ]);
    assert.equal(
      dry,
      collected.map((line) => line.replace(/^\w+/, 'found')),
    );
    assert.equal(now(launcher), ['old serves'], serving.join());
  }
});

test('what serves stays where nothing else can', async ({ signal }) => {
  await using world = await prod('old', 'new');
  const { launcher, instances, path } = world;
  const [old, next] = instances as [Instance, Instance];
  launcher.end(old);
  await launcher.publish(next, signal);
  await writeLedger(path, 'new-web-1', [place('new')]);
  await collectRuns(path, fakeEngine({ launcher }), signal);
  assert.ok(now(launcher).includes('new serves'));
});

test('what no launch has found healthy is never let serve', async ({ signal }) => {
  await using world = await prod('first', 'second');
  const { launcher, path } = world;
  await writeLedger(path, 'first-web-1', [place('first')]);
  await writeLedger(path, 'second-web-1', [place('second')]);
  await collectRuns(path, fakeEngine({ launcher }), signal);
  assert.equal(now(launcher), []);
});

test('an instance that was replaced goes, unless it serves again', async ({ signal }) => {
  for (const [serves, left] of [
    [1, ['new serves']],
    [0, ['old serves', 'new']],
  ] as const) {
    await using world = await prod('old', 'new');
    const { launcher, instances, path } = world;
    await launcher.publish(instances[serves] as Instance, signal);
    const instance = instances[0]?.id;
    await writeLedger(path, 'new-web-1', [
      { kind: 'retire', environment: 'prod', instance, platforms: ['docker'] },
    ]);
    await collectRuns(path, fakeEngine({ launcher }), signal);
    assert.equal(now(launcher), left);
  }
});

test('an instance that was replaced serves again where the new one has ended since', async ({ signal }) => {
  await using world = await prod('old', 'new');
  const { launcher, instances, path } = world;
  launcher.end(instances[1] as Instance);
  const retired = { environment: 'prod', instance: instances[0]?.id, platforms: ['docker'] };
  await writeLedger(path, 'new-web-1', [{ kind: 'retire', ...retired }]);
  await collectRuns(path, fakeEngine({ launcher }), signal);
  assert.ok(now(launcher).includes('old serves'));
});

test('nothing is touched while a launch is at work in the environment', async ({ signal }) => {
  await using world = await prod('old', 'new');
  const { launcher, path } = world;
  await writeLedger(path, 'new-web-1', [place('new')]);
  const lock = join(path, 'launches/prod.lock');
  await mkdir(dirname(lock), { recursive: true });
  await writeFile(lock, await ownerOf(process.pid));
  const collected = await collectRuns(path, fakeEngine({ launcher }), signal);
  assert.match(collected.join('\n'), /^kept place .*a launch of prod is at work\)\nkept instance /);
  assert.equal(now(launcher), ['old', 'new']);
});

test('what another launch has settled since is left as it is', async ({ signal }) => {
  await using world = await prod('old', 'new');
  const { launcher, instances, path } = world;
  await writeLedger(path, 'new-web-1', [place('new')]);
  // right after gc has looked
  const list = launcher.list;
  let looks = 0;
  const watching = {
    ...launcher,
    async list(...given: Parameters<typeof list>) {
      if (++looks === 2) await launcher.publish(instances[0] as Instance, signal);
      return await list(...given);
    },
  };
  await collectRuns(path, fakeEngine({ launcher: watching }), signal);
  assert.equal(now(launcher), ['old serves']);
  assert.is(launcher.calls.filter((call) => call.startsWith('publish')).length, 1);
});

test.run();
