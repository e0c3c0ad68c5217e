import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { holdBack } from '../../../../src/app/prune/protect.ts';
import { readRecords } from '../../../../src/app/prune/read-records.ts';
import type { ImageRecord } from '../../../../src/catalogue/record.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { pruneWorld } from './prune-world.ts';

const test = suite('what a prune would remove');

/** The base of an image that is based on another. */
function on({ name, digest }: ImageRecord) {
  return { draft: { base: { name: 'web', source: `bake ${name}`, digest, image: name } } };
}

test('what no rule keeps goes, and the newest never does', async () => {
  await using world = await pruneWorld();
  for (const _ of [1, 2, 3]) await world.bake();
  const { remove, held, kept, unlimited } = await world.prune({ act: false });
  assert.equal(
    remove.map(({ name, why }) => [name, why]),
    [
      ['web@1', 'not in last 1'],
      ['web@2', 'not in last 1'],
    ],
  );
  assert.equal([held, kept, unlimited], [[], 1, ['app']]);
  assert.equal(await world.versions(), [1, 2, 3], 'and nothing was changed');
});

test('what was baked from a checkpoint takes nobody’s place, and stays as long as it is the newest', async () => {
  await using world = await pruneWorld();
  const resumed = { step: 2, bake: 'bake-a' };
  await world.bake();
  await world.bake('web', {}, { resumed });
  assert.equal((await world.wouldGo()).goes, [], 'web@1 is the newest whole one, web@2 the newest');
  await world.bake('web', {}, { resumed });
  const { remove } = await world.prune({ act: false });
  assert.equal(
    remove.map(({ name, why }) => [name, why]),
    [['web@2', 'baked from a checkpoint, and not the newest any more']],
  );
});

test('a template without `keep` is never pruned, nor is one that the workspace does not have', async () => {
  await using world = await pruneWorld();
  for (const template of ['app', 'app', 'old', 'old']) await world.bake(template);
  const { remove, unlimited, unknown } = await world.prune({ act: false });
  assert.equal([remove, unlimited, unknown], [[], ['app'], ['old']]);
});

test('only the named templates are looked at', async () => {
  await using world = await pruneWorld({
    'templates/app.yaml': 'name: app\nbase: plain\nkeep: { last: 1 }\n',
  });
  for (const template of ['app', 'app', 'web', 'web']) await world.bake(template);
  assert.equal((await world.wouldGo({ names: ['app'] })).goes, ['app@1']);
  await rejects(world.prune({ names: ['ap'], act: false }), { code: 'TEMPLATE_UNKNOWN' });
});

test('what is wrong in a template that is looked at ends it, and says where', async () => {
  await using world = await pruneWorld({
    'templates/app.yaml': 'name: app\nbase: plain\nkeep: { last: 0 }\n',
  });
  const { details } = await rejects(world.prune(), { code: 'CONFIG_INVALID' });
  assert.match(details.join('\n'), 'templates/app.yaml:3:15');
  await world.prune({ names: ['web'] });
});

test('what runs stays, on every platform, and so does what has ended and is still there', async () => {
  await using world = await pruneWorld({
    'environments/vms/environment.yaml': 'platform: qemu\nimages: { web: {} }\n',
  });
  await world.bake();
  await world.launch('dev');
  await world.bake('web', {}, { forms: ['disk'] });
  await world.launch('vms');
  await world.bake();
  await world.bake();
  const { goes, stays } = await world.wouldGo();
  assert.equal(goes, ['web@3']);
  assert.equal(stays, {
    'web@1': 'runs in dev; was launched last in dev',
    'web@2': 'runs in vms; was launched last in vms',
  });
  const [container] = world.launcher.instances();
  if (container !== undefined) world.launcher.end(container);
  assert.match((await world.wouldGo()).stays['web@1'] ?? '', /^is stopped in dev/);
});

test('where a rollback leads stays, and it goes once a rollback leads elsewhere', async () => {
  await using world = await pruneWorld();
  for (const _ of [1, 2, 3]) {
    await world.bake();
    await world.launch('dev');
  }
  await world.bake();
  assert.equal(await world.wouldGo(), {
    goes: ['web@1'],
    stays: { 'web@2': 'rollback target of dev', 'web@3': 'runs in dev; was launched last in dev' },
  });
});

test('the history of an environment whose folder is gone holds what it may still run', async ({ signal }) => {
  await using world = await pruneWorld();
  for (const _ of [1, 2]) {
    await world.bake();
    await world.launch('dev');
  }
  await world.bake();
  for (const instance of world.launcher.instances()) await world.launcher.remove(instance, signal);
  await rm(join(world.root, 'environments/dev'), { recursive: true });
  assert.equal((await world.wouldGo()).stays, {
    'web@1': 'rollback target of dev',
    'web@2': 'was launched last in dev',
  });
});

test('a history that cannot be read as a whole is told of', async () => {
  await using world = await pruneWorld();
  for (const _ of [1, 2, 3]) {
    await world.bake();
    await world.launch('dev');
  }
  await appendFile(join(world.home, 'launches/dev.jsonl'), '{"kind":"kiln.launch/v1","laun\n');
  const { remove, unread } = await world.prune({ act: false });
  assert.equal([remove.map(({ name }) => name), unread], [['web@1'], [{ environment: 'dev', lines: 1 }]]);
});

test('what was stopped stays as long as its environment is declared', async () => {
  await using world = await pruneWorld();
  await world.bake();
  const { digest } = await world.bake();
  await world.bake();
  for (const action of ['launch', 'stop'] as const) {
    const entry = await world.history.begin({
      launch: action,
      environment: 'dev',
      action,
      template: 'web',
      image: 'web@2',
      digest,
    });
    await entry.end({ result: action === 'stop' ? 'stopped' : 'healthy', ms: 1, instances: ['web-1'] });
  }
  assert.equal((await world.wouldGo()).goes, ['web@1']);
  await rm(join(world.root, 'environments/dev'), { recursive: true });
  assert.equal((await world.wouldGo()).goes, ['web@1', 'web@2']);
});

test('what something that stays is based on stays, and what that is based on', async () => {
  await using world = await pruneWorld({
    'templates/app.yaml': 'name: app\nbase: web\nkeep: { last: 1 }\n',
  });
  const first = await world.bake();
  const second = await world.bake();
  const third = await world.bake('web', {}, on(second));
  await world.bake();
  await world.bake('app', {}, on(first));
  await world.bake('app', {}, on(third));
  assert.equal(await world.wouldGo(), {
    goes: ['app@1', 'web@1'],
    stays: { 'web@2': 'base of web@3', 'web@3': 'base of app@2' },
  });
  assert.equal((await world.wouldGo({ names: ['web'] })).goes, [], 'of app@1, which stays then, too');
});

test('what very many images are based on is held by each of them, and of a record only what decides is kept', async ({
  signal,
}) => {
  await using world = await pruneWorld();
  const base = await world.bake();
  await world.bake('app', {}, on(base));
  const { records } = await readRecords(world.pruning.catalogue, () => {}, signal);
  const app = records.find(({ template }) => template === 'app');
  const decides = ['base', 'bytes', 'created', 'digest', 'forms', 'name', 'template', 'version'];
  assert.equal(Object.keys(app ?? {}).sort(), decides);
  const apps = Array.from({ length: 150_000 }, (_, index) => ({
    ...(app as NonNullable<typeof app>),
    name: `app@${index + 1}`,
    version: index + 1,
  }));
  const held = holdBack([base, ...apps], new Set([base.name]), new Map());
  assert.is(held.get(base.name)?.length, apps.length);
});

test('what a living bake or export works from stays', async () => {
  await using world = await pruneWorld();
  for (const _ of [1, 2, 3]) await world.bake();
  world.inUse.set('web@1', 'app is baked from it');
  assert.equal(await world.wouldGo(), { goes: ['web@2'], stays: { 'web@1': 'app is baked from it' } });
});

test('a revoked image follows the same rules, and that it is revoked is told', async () => {
  await using world = await pruneWorld();
  for (const _ of [1, 2, 3]) await world.bake();
  for (const name of ['web@1', 'web@3'])
    await world.ports.catalogue.revoke(name, { reason: 'CVE', by: 'a@b' }, new Date());
  const { remove } = await world.prune({ act: false });
  assert.equal(
    remove.map(({ name, revoked }) => [name, revoked]),
    [
      ['web@1', true],
      ['web@2', undefined],
    ],
  );
});

test('an engine that does not answer may run what it could: that stays', async () => {
  await using world = await pruneWorld();
  await world.bake();
  await world.bake('web', {}, { forms: ['disk'] });
  await world.bake();
  world.launcher.breakEngine();
  const { remove, held, silent } = await world.prune({ act: false });
  assert.equal(
    remove.map(({ name }) => name),
    ['web@2'],
    'no engine runs a disk',
  );
  assert.equal(
    held.map(({ name, why }) => [name, ...why]),
    [['web@1', 'docker cannot be asked, and may run it']],
  );
  assert.equal(
    silent.map(({ platform, mayRun }) => [platform, mayRun]),
    [['docker', true]],
  );
});

test('one that nothing says to run anything holds nothing', async () => {
  await using world = await pruneWorld({
    'environments/dev/environment.yaml': 'platform: qemu\nimages: { web: {} }\n',
  });
  for (const _ of [1, 2]) await world.bake();
  world.launcher.breakEngine();
  const { remove, silent } = await world.prune({ act: false });
  assert.equal(
    remove.map(({ name }) => name),
    ['web@1'],
  );
  assert.equal(
    silent.map(({ platform, mayRun }) => [platform, mayRun]),
    [['docker', false]],
  );
});

test('a platform that fails in another way may run anything', async () => {
  await using world = await pruneWorld({
    'environments/dev/environment.yaml': 'platform: qemu\nimages: { web: {} }\n',
  });
  for (const _ of [1, 2]) await world.bake();
  world.launcher.before('list', () => {
    throw new Fault('ENGINE_FAILED', 'it answers with nonsense');
  });
  assert.equal((await world.wouldGo()).goes, []);
});

test('a damaged record holds what it may be based on, which may be any', async () => {
  await using world = await pruneWorld();
  for (const _ of [1, 2]) await world.bake();
  await world.bake('app');
  await writeFile(join(world.home, 'records/app/1.json'), '{');
  const { remove, held, damaged } = await world.prune({ act: false });
  assert.equal([remove, damaged], [[], ['app@1']]);
  assert.equal(held[0]?.why, ['the record of app@1 is damaged, and may be based on it']);
});

test('images of the same bytes are told apart by the name that runs', async () => {
  await using world = await pruneWorld();
  const first = await world.bake();
  const same = { draft: { digest: first.digest } };
  await world.bake('web', {}, same);
  await world.launch('dev');
  await world.bake('web', {}, same);
  const { goes, stays } = await world.wouldGo();
  assert.equal(goes, ['web@1']);
  assert.equal(Object.keys(stays), ['web@2']);
});

test.run();
