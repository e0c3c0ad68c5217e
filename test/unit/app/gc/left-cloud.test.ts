import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { gcClouds } from '../../../../src/app/gc/gc-clouds.ts';
import { leftElsewhere } from '../../../../src/app/gc/left-elsewhere.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import { Fault } from '../../../../src/core/fault.ts';
import type { AmiId } from '../../../../src/core/form-id.ts';
import { readRuns } from '../../../../src/core/ledger-runs.ts';
import type { CloudKind, CloudThing } from '../../../../src/platforms/cloud-leftovers.ts';
import { fakeCloud } from '../../../support/fake-cloud.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, temporaryHome } from '../../catalogue/sample-record.ts';
import {
  type CollectOptions,
  collectRuns,
  container,
  fakeEngine,
  writeLedger,
  writeOldLedger,
} from './killed-run.ts';

const test = suite('what killed runs have left in a cloud');

const REGION = 'eu-central-1';
const thing = (kind: CloudKind, id: string, changes: Partial<CloudThing> = {}): CloudThing => ({
  kind,
  id,
  region: REGION,
  bake: 'dead',
  parts: [],
  ...changes,
});
const CLOUD = { kind: 'cloud', region: REGION, bake: 'dead' };
const ami = (id: string, region = REGION) => ({ kind: 'ami', region, id });

/** A ledger of a run that was killed long ago. */
async function killed(home: string, intentions: readonly unknown[], run = 'dead'): Promise<void> {
  await writeOldLedger(home, run, intentions);
}

async function collect(home: string, options: CollectOptions, signal: AbortSignal): Promise<string[]> {
  return await collectRuns(home, fakeEngine(), signal, options);
}

async function publish(home: string, id: AmiId, snapshot: string, region = REGION): Promise<void> {
  const catalogue = openFileCatalogue(home);
  const form = {
    kind: 'ami',
    id,
    region: 'us-east-1',
    snapshots: ['snap-first'],
    architecture: 'arm64',
  } as const;
  const record = await catalogue.publish(sampleDraft(), async () => [form]);
  await catalogue.noteCopy(record, {
    what: 'copied',
    ...{ region, id, snapshots: [snapshot], run: 'dead', at: '2026-01-01T00:00:00Z' },
  });
}

test('whatever has its tag goes, what holds first, and nobody else’s', async ({ signal }) => {
  await using home = await temporaryHome();
  await killed(home.path, [CLOUD]);
  const cloud = fakeCloud([
    thing('launch template', 'lt-1'),
    thing('security group', 'sg-1'),
    thing('key pair', 'key-1'),
    thing('snapshot', 'snap-1'),
    thing('snapshot', 'snap-2'),
    thing('AMI', 'ami-1', { parts: ['snap-2'] }),
    thing('volume', 'vol-1', { parts: ['i-1'] }),
    thing('instance', 'i-1', { parts: ['ami-vendor'] }),
    thing('instance', 'i-2', { bake: 'another' }),
    thing('instance', 'i-3', { region: 'us-west-2' }),
  ]);
  const dry = await collect(home.path, { cloud, dryRun: true }, signal);
  assert.equal(cloud.removed, []);
  const removed = await collect(home.path, { cloud }, signal);
  assert.equal(
    removed.map((line) => line.replace('removed', 'found')),
    dry,
  );
  assert.equal(cloud.removed, ['i-1', 'vol-1', 'ami-1', 'snap-1', 'key-1', 'sg-1', 'lt-1']);
  assert.equal(
    cloud.things.map(({ id }) => id),
    ['i-2', 'i-3'],
  );
  assert.equal(await readdir(join(home.path, 'ledger')), []);
});

test('an AMI that the ledger names and that has no tag is told, and stays; one of another run is not told', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  await killed(home.path, [ami('ami-1'), ami('ami-2'), ami('ami-3', 'us-west-2')]);
  const { bake: _, ...untagged } = thing('AMI', 'ami-1', { parts: ['snap-1'] });
  const cloud = fakeCloud([untagged, thing('AMI', 'ami-2', { bake: 'another' }), thing('instance', 'i-1')]);
  const [first = '', second = ''] = await collect(home.path, { cloud }, signal);
  assert.is(first, `kept AMI ${REGION} ami-1 (it has no tag kiln.bake any more: remove it by hand)`);
  assert.match(second, /^kept ledger/);
  assert.equal(cloud.removed, []);
  cloud.things.splice(0, 1);
  await collect(home.path, { cloud }, signal);
  assert.equal(await readdir(join(home.path, 'ledger')), []);
});

test('what a record names, a copy of it too, stays with its snapshots', async ({ signal }) => {
  await using home = await temporaryHome();
  await publish(home.path, 'ami-1', 'snap-1');
  await killed(home.path, [CLOUD, ami('ami-1')]);
  const cloud = fakeCloud([
    thing('AMI', 'ami-1', { parts: ['snap-1'] }),
    thing('snapshot', 'snap-1'),
    thing('key pair', 'key-1'),
  ]);
  const found = await collect(home.path, { cloud }, signal);
  assert.is(found.length, 2, found.join('\n'));
  assert.equal(cloud.removed, ['key-1']);
  assert.equal(await readdir(join(home.path, 'ledger')), []);
});

test('a record of it that comes to be before it is removed keeps it', async ({ signal }) => {
  await using home = await temporaryHome();
  await killed(home.path, [CLOUD]);
  const fake = fakeCloud([thing('key pair', 'key-1'), thing('AMI', 'ami-1')]);
  const cloud = {
    ...fake,
    async instances(...given: Parameters<typeof fake.instances>) {
      await publish(home.path, 'ami-1', 'snap-1');
      return await fake.instances(...given);
    },
  };
  await collect(home.path, { cloud }, signal);
  assert.equal(fake.removed, ['key-1']);
});

test('an AMI that somebody has started an instance from stays, and so does the ledger', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  await killed(home.path, [CLOUD]);
  const cloud = fakeCloud([
    thing('AMI', 'ami-1'),
    thing('instance', 'i-2', { bake: 'another', parts: ['ami-1'] }),
  ]);
  const [first = '', second = ''] = await collect(home.path, { cloud }, signal);
  assert.is(first, `kept AMI ${REGION} ami-1 (the instance i-2 was started from it)`);
  assert.match(second, /^kept ledger/);
  assert.equal(cloud.removed, []);
});

test('what belongs to an environment stays as long as it has instances', async ({ signal }) => {
  await using home = await temporaryHome();
  await killed(home.path, [CLOUD]);
  const prod = { environment: 'prod' };
  const cloud = fakeCloud([
    thing('instance', 'i-1', prod),
    thing('volume', 'vol-1', { parts: ['i-1'] }),
    thing('launch template', 'lt-1', prod),
    thing('launch template', 'lt-2', { environment: 'gone' }),
    thing('volume', 'vol-2', prod),
  ]);
  await collect(home.path, { cloud }, signal);
  assert.equal(cloud.removed, ['vol-2', 'lt-2']);
});

test('a region that does not answer leaves the others, and the ledger', async ({ signal }) => {
  await using home = await temporaryHome();
  await killed(home.path, [CLOUD, { ...CLOUD, region: 'us-west-2' }]);
  const fault = new Fault('CLOUD_UNREACHABLE', 'AWS cannot be reached in eu-central-1');
  const cloud = fakeCloud([thing('instance', 'i-1', { region: 'us-west-2' })], { [REGION]: fault });
  const found = await collect(home.path, { cloud }, signal);
  assert.equal(cloud.removed, ['i-1']);
  assert.match(found.join('\n'), /kept what is left of the bake of dead dead \(AWS cannot be reached/);
  assert.equal(await readdir(join(home.path, 'ledger')), ['dead.jsonl']);
});

test('for the cloud alone, what else a run has left is not looked for, and its ledger stays', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  await killed(home.path, [container('by-name'), CLOUD]);
  await killed(home.path, [container('by-name')], 'other');
  await killed(home.path, [{ ...CLOUD, bake: 'third' }], 'third');
  const cloud = fakeCloud([thing('instance', 'i-1'), thing('instance', 'i-2', { bake: 'third' })]);
  const fake = fakeEngine({ containers: [{ id: '1', name: 'by-name', bake: 'dead' }] });
  const found = await collectRuns(home.path, fake, signal, { cloud, only: 'cloud' });
  assert.equal(found, [
    `removed instance ${REGION} i-1`,
    `removed instance ${REGION} i-2`,
    'removed ledger of the bake of third /ledger/third.jsonl',
  ]);
  assert.is(fake.connected, 0);
  assert.equal(await readdir(join(home.path, 'ledger')), ['dead.jsonl', 'other.jsonl']);
});

test('who has nothing in a cloud is asked for no credentials', async ({ signal }) => {
  await using home = await temporaryHome();
  await killed(home.path, [container('by-name')]);
  const cloud = fakeCloud([], { [REGION]: new Error('asked') });
  assert.equal(
    await collectRuns(home.path, fakeEngine(), signal, {
      cloud: { ...cloud, tagged: () => Promise.reject(new Error('asked')) },
    }),
    ['removed ledger of the bake of dead /ledger/dead.jsonl'],
  );
});

test('things of runs that no ledger here knows are told by their run, and stay', async ({ signal }) => {
  await using home = await temporaryHome();
  await publish(home.path, 'ami-7', 'snap-7');
  await killed(home.path, [CLOUD]);
  await writeLedger(home.path, 'alive', [], { lives: true });
  const strange = { bake: 'strange' };
  const cloud = fakeCloud(
    [
      thing('instance', 'i-1'),
      thing('instance', 'i-2', { bake: 'alive' }),
      thing('instance', 'i-3', strange),
      thing('volume', 'vol-3', { ...strange, parts: ['i-3'] }),
      thing('key pair', 'key-3', strange),
      thing('instance', 'i-4', { ...strange, environment: 'prod' }),
      thing('AMI', 'ami-5', { ...strange, image: 'web@7', parts: ['snap-5'] }),
      thing('AMI', 'ami-7', { ...strange, parts: ['snap-7'] }),
      thing('snapshot', 'snap-7', strange),
    ],
    {
      'af-south-1': new Fault('CLOUD_DENIED', 'the profile default may not do ec2:DescribeInstances'),
      'us-west-2': new Fault('CLOUD_UNREACHABLE', 'AWS cannot be reached'),
    },
  );
  const facts = {
    records: async () => ({
      inCloud: new Set([`${REGION} ami-7`, `${REGION} snap-7`]),
      images: new Set<string>(),
      names: new Set<string>(),
      trees: new Set<string>(),
      newest: new Map(),
    }),
  };
  const runs = await readRuns(home.path);
  const around = { facts, clouds: async () => cloud };
  const found = await leftElsewhere(runs, around, [], signal);
  assert.equal(
    found.map(({ what, where, error }) => [what, where, error instanceof Fault ? error.code : '']),
    [
      ['whatever there is in', 'af-south-1', ''],
      ['2 things', `${REGION} i-3, key-3`, ''],
      ['whatever there is in', 'us-west-2', 'CLOUD_UNREACHABLE'],
    ],
  );
  assert.match(found[1]?.keep ?? '', /the run strange, which no ledger here knows: .* --run strange/);

  await rejects(leftElsewhere(runs, around, ['alive'], signal), { code: 'USAGE' });
  const other = await leftElsewhere(runs, around, ['another'], signal);
  assert.equal(
    other.map(({ where }) => where),
    found.map(({ where }) => where),
  );
  // Somebody says that it is over.
  for (const { remove, keep } of await leftElsewhere(runs, around, ['strange'], signal))
    if (keep === undefined) await remove(signal);
  assert.equal(cloud.removed, ['i-3', 'vol-3', 'key-3']);
});

test('a launch that is at work here is no stranger, and a launch template whose environment has no instance is', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  await writeLedger(home.path, 'launch-web-1', [{ ...CLOUD, bake: 'launch' }], { lives: true });
  const of = (environment: string) => ({ environment, bake: 'stopped' });
  const cloud = fakeCloud([
    thing('launch template version', 'lt-1/2', { bake: 'launch' }),
    thing('instance', 'i-1', of('prod')),
    thing('launch template', 'lt-1', of('prod')),
    thing('launch template', 'lt-2', of('gone')),
    thing('volume', 'vol-1', of('gone')),
  ]);
  const none = new Set<string>();
  const records = { inCloud: none, images: none, names: none, trees: none, newest: new Map() };
  const around = {
    facts: { records: async () => records },
    clouds: async () => cloud,
  };
  const runs = await readRuns(home.path);
  const found = await leftElsewhere(runs, around, [], signal);
  assert.equal(
    found.map(({ what, where, keep }) => [what, where, keep !== undefined]),
    [['launch template', `${REGION} lt-2`, true]],
  );
  for (const { remove } of await leftElsewhere(runs, around, ['stopped'], signal)) await remove(signal);
  assert.equal(cloud.removed, ['lt-2']);
  await rejects(leftElsewhere(runs, around, ['launch'], signal), { code: 'USAGE' });
});

test('as another account than the run’s nothing is taken for gone, and that is told once', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  const account = '999988887777';
  const place = {
    ...{ kind: 'place', environment: 'prod', template: 'web', slot: 1, launch: 'dead' },
    platforms: ['ec2'],
  };
  await killed(home.path, [{ ...CLOUD, account }, { ...CLOUD, region: 'us-west-2', account }, place]);
  const cloud = fakeCloud([thing('key pair', 'key-1')]);
  const found = await collect(home.path, { cloud }, signal);
  assert.equal(found.length, 2, found.join('\n'));
  assert.match(
    found[0] ?? '',
    /^kept .* \(what the bake of dead made is in the account 999988887777, but AWS is asked as 111122223333 \(the profile default\)\)$/,
  );
  assert.match(found[1] ?? '', /^kept ledger/);
  assert.equal(cloud.removed, []);
  const locked = async (): Promise<string> => {
    throw new Fault('CLOUD_LOCKED', 'log in again');
  };
  assert.match(
    (await collect(home.path, { cloud: { ...cloud, account: locked } }, signal))[0] ?? '',
    'log in again',
  );
  const theirs = { ...cloud, account: async () => account };
  // Without the place, for which AWS itself would be asked.
  await killed(home.path, [{ ...CLOUD, account }]);
  await collect(home.path, { cloud: theirs }, signal);
  assert.equal(cloud.removed, ['key-1']);
  assert.equal(await readdir(join(home.path, 'ledger')), []);
});

test('the one that a launch was to replace stays in the ledger as another account than its own', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  const retire = {
    kind: 'retire',
    environment: 'prod',
    instance: `${REGION}/i-1`,
    platforms: ['ec2', 'docker'],
  };
  await killed(home.path, [{ ...retire, account: '999988887777' }]);
  const found = await collect(home.path, {}, signal);
  assert.match(found.join('\n'), /is in the account 999988887777, .*\n.*kept ledger/);
});

test('a launch that was killed before it had done anything at AWS needs no AWS', async ({ signal }) => {
  await using home = await temporaryHome();
  const place = {
    kind: 'place',
    environment: 'prod',
    template: 'web',
    slot: 1,
    launch: 'dead',
    platforms: ['ec2'],
  };
  await killed(home.path, [place]);
  const unasked = async (): Promise<never> => {
    throw new Error('it was asked');
  };
  const cloud = { ...fakeCloud(), account: unasked, tagged: unasked, images: unasked, instances: unasked };
  await collect(home.path, { cloud }, signal);
  assert.equal(await readdir(join(home.path, 'ledger')), []);
});

test('that no region is configured leaves what names one', async () => {
  const asked: (string | undefined)[] = [];
  const cloud = fakeCloud();
  const clouds = gcClouds(async (region) => {
    asked.push(region);
    if (region === undefined) throw new Fault('CONFIG_INVALID', 'no AWS region is configured');
    return cloud;
  });
  await rejects(clouds(), { code: 'CONFIG_INVALID' });
  assert.equal([await clouds(REGION), await clouds('us-west-2')], [cloud, cloud]);
  assert.equal(asked, [undefined, REGION]);
});

test.run();
