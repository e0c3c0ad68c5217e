import * as assert from 'uvu/assert';
import { capacityOf, memoryOf } from '../../../../src/app/nightly/capacity.ts';
import { planNightly } from '../../../../src/app/nightly/plan-nightly.ts';
import { rebuild } from '../../../../src/app/nightly/rebuild.ts';
import type { NightlyOutcome } from '../../../../src/app/nightly/report.ts';
import { wentWell } from '../../../../src/app/nightly/report.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import { loadWorkspace } from '../../../../src/config/workspace.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from '../../catalogue/sample-record.ts';
import { sampleWorkspace } from '../../config/sample-workspace.ts';

const test = suite('the plan of a night');

const FILES = {
  'templates/hard.yaml': 'name: hard\nbase: debian\n',
  'templates/app.yaml': 'name: app\nbase: on-hard\nforms: [disk]\nvm: { memory: 2048 }\n',
  'templates/broken.yaml': 'name: broken\nbase: debian\nform: [oci]\n',
  'templates/left.yaml': 'name: left\nbase: on-right\n',
  'templates/right.yaml': 'name: right\nbase: on-left\n',
  'templates/bases/debian.yaml': 'debian: bookworm\ninclude: [ca-certificates]\n',
  'templates/bases/on-hard.yaml': 'bake: hard\n',
  'templates/bases/on-left.yaml': 'bake: left\n',
  'templates/bases/on-right.yaml': 'bake: right\n',
};

test('every template is planned after its base, those that are wrong too; what starts from itself waits for nobody', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  await using workspace = await sampleWorkspace(FILES);
  const loaded = await loadWorkspace(workspace.root, signal);
  const catalogue = openFileCatalogue(home.path);
  const record = await catalogue.publish(sampleDraft({ template: 'hard' }), sampleForms('hard'));
  const jobs = await planNightly(loaded, {}, catalogue);
  assert.equal(
    jobs.map(({ name, after }) => [name, after]),
    [
      ['app', 'hard'],
      ['broken', undefined],
      ['hard', undefined],
      ['left', undefined],
      ['right', undefined],
    ],
  );
  const hard = jobs.find(({ name }) => name === 'hard');
  assert.is(hard?.newest, record.created);
  assert.is(
    hard?.expected,
    record.stages.reduce((sum, { ms }) => sum + ms, 0),
  );
  await catalogue.confirm(record, { bake: 'x', at: '2026-11-26T02:30:00.000Z' });
  const [again] = await planNightly(loaded, { only: ['hard'] }, catalogue);
  assert.is(again?.newest, '2026-11-26T02:30:00.000Z');

  const shards = [1, 2].map((index) => planNightly(loaded, { shard: { index, count: 2 } }, catalogue));
  const names = (await Promise.all(shards)).map((shard) => shard.map(({ name }) => name));
  assert.equal(
    names.flat().sort(),
    jobs.map(({ name }) => name),
  );
  assert.ok(names.some((shard) => shard.includes('app') && shard.includes('hard')));
});

test('what needs a virtual machine needs its memory; a machine bears as many as it has processors and memory', () => {
  const vm = { memory: 2048, cpus: 2 };
  const MIB = 1024 ** 2;
  assert.is(memoryOf({ machine: 'container', forms: ['oci'], vm }), 1024 * MIB);
  assert.is(memoryOf({ machine: 'container', forms: ['oci', 'disk'], vm }), 2048 * MIB);
  assert.is(memoryOf({ machine: 'vm', forms: ['oci'], vm }), 2048 * MIB);
  assert.equal(capacityOf(undefined, { processors: 8, memory: 1000 }), { jobs: 8, memory: 800 });
  assert.is(capacityOf(3, { processors: 8, memory: 1000 }).jobs, 3);
});

const NOW = new Date('2026-11-26T02:30:00.000Z');
const FAILED: NightlyOutcome = { template: 'hard', ms: 1, state: 'failed', error: new Fault('TIMEOUT', 'x') };
const YOUNG: NightlyOutcome = { template: 'hard', ms: 0, state: 'skipped', why: 'it was baked 1 h ago' };

for (const [name, base, newest, why] of [
  ['its base failed', FAILED, undefined, 'its base hard failed'],
  [
    'its base was skipped for another',
    { ...YOUNG, template: 'mid', why: 'its base hard failed', failed: 'hard' },
    undefined,
    'its base mid was skipped, as hard failed',
  ],
  ['it is young enough', YOUNG, '2026-11-26T01:00:00.000Z', 'it was baked or confirmed 1 h 30 min ago'],
] as const)
  test(`a template is skipped when ${name}`, async ({ signal }) => {
    const around = { ifOlderThan: 7_200_000, now: () => NOW } as unknown as Parameters<typeof rebuild>[2];
    const job = { name: 'app', memory: 0, expected: 0, ...(newest === undefined ? {} : { newest }) };
    const outcome = await rebuild(job, base, around, signal);
    assert.is(outcome.state, 'skipped');
    assert.is(outcome.state === 'skipped' && outcome.why, why);
  });

test('a night went well unless something failed, was left out for that, or is not healthy where it was launched', () => {
  const night = (templates: NightlyOutcome[]) => ({ started: '', ms: 0, jobs: 1, templates });
  assert.ok(wentWell(night([YOUNG])));
  assert.not(wentWell(night([YOUNG, FAILED])));
  assert.not(wentWell({ ...night([]), launch: { environment: 'dev', error: new Error('x') } }));
  const outcome = { environment: 'dev', template: 'web', overridden: [], places: [] };
  assert.ok(wentWell({ ...night([]), launch: { environment: 'dev', outcomes: [outcome] } }));
  const failure = { error: new Error('x') };
  assert.not(wentWell({ ...night([]), launch: { environment: 'dev', outcomes: [{ ...outcome, failure }] } }));
});

test.run();
