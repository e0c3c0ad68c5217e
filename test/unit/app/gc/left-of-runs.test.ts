import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { deadRun } from '../../../../src/app/gc/dead-run.ts';
import { gcEngines } from '../../../../src/app/gc/gc-engines.ts';
import { gcFacts } from '../../../../src/app/gc/gc-facts.ts';
import { leftPublication } from '../../../../src/app/gc/left-publication.ts';
import { openFileCatalogue } from '../../../../src/catalogue/file-store.ts';
import { digestOf } from '../../../../src/core/digest.ts';
import { Fault } from '../../../../src/core/fault.ts';
import { type Run, readRuns } from '../../../../src/core/ledger-runs.ts';
import { ownerOf } from '../../../../src/core/process-owner.ts';
import { suite } from '../../../support/suite.ts';
import { sampleDraft, temporaryHome } from '../../catalogue/sample-record.ts';
import { fakeStore, sampleImage } from '../../forms/oci/fake-store.ts';
import { collectRuns, container, ENGINE, fakeEngine, writeLedger } from './killed-run.ts';

const test = suite('what killed runs have left by their ledgers');

const ID = digestOf('an image');
const TREE = digestOf('a tree');
const image = (changes: object = {}) => ({ kind: 'image', id: ID, engine: ENGINE, ...changes });
const name = (changes: object = {}) => ({
  kind: 'name',
  name: 'kiln/web:8',
  id: ID,
  engine: ENGINE,
  ...changes,
});
const PUBLISH = { kind: 'publish', template: 'web', tree: TREE };
const FILES = `images/${TREE.replace('sha256:', '')}`;

async function put(home: string, path: string, text = ''): Promise<void> {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), text);
}

/** An engine that has the image under these names. */
function engineWith(...tags: string[]) {
  return fakeEngine({ store: fakeStore([sampleImage({ id: ID, tags })]) });
}

async function publishRecord(home: string, bake: string, version = 1): Promise<void> {
  const tag = `kiln/web:${version}`;
  await openFileCatalogue(home).publish(sampleDraft({ bake, digest: TREE }), async () => [
    { kind: 'oci', digest: ID, tag },
  ]);
}

test('containers of the bake and those that it names go, and nobody else’s', async ({ signal }) => {
  await using home = await temporaryHome();
  await writeLedger(home.path, 'dead', [container('by-name')]);
  const fake = fakeEngine({
    containers: [
      { id: '1', name: 'by-label', bake: 'dead' },
      { id: '2', name: 'by-name', bake: 'an-export' },
      { id: '3', name: 'foreign', bake: 'another' },
    ],
  });
  const found = await collectRuns(home.path, fake, signal, { dryRun: true });
  assert.equal(found, [
    'found container by-label',
    'found container by-name',
    'found ledger of the bake of dead /ledger/dead.jsonl',
  ]);
  assert.is(fake.containers.length, 3, '--dry-run removes nothing');
  const removed = await collectRuns(home.path, fake, signal);
  assert.equal(
    removed.map((line) => line.replace('removed', 'found')),
    found,
  );
  assert.equal(
    fake.containers.map((one) => one.name),
    ['foreign'],
  );
  assert.equal(await readdir(join(home.path, 'ledger')), []);
  assert.equal(await collectRuns(home.path, fake, signal), []);
});

test('nothing of a living run is looked for, and no engine is asked when none was used', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  const living = await writeLedger(home.path, 'living', [container('mine')], { lives: true });
  await writeLedger(home.path, 'dead', [{ kind: 'uses', image: 'web@7', digest: TREE }]);
  const fake = fakeEngine({ containers: [{ id: '1', name: 'mine', bake: 'living' }] });
  assert.equal(await collectRuns(home.path, fake, signal), [
    'removed ledger of the bake of dead /ledger/dead.jsonl',
  ]);
  assert.equal([fake.connected, fake.containers.length, existsSync(living)], [0, 1, true]);
});

test('an image without a record goes, after the name that it was given', async ({ signal }) => {
  await using home = await temporaryHome();
  await writeLedger(home.path, 'dead', [image(), name(), PUBLISH]);
  const fake = engineWith('kiln/web:8');
  assert.equal(await collectRuns(home.path, fake, signal), [
    'removed name of an image without a record kiln/web:8',
    `removed image without a record ${ID}`,
    'removed ledger of the bake of dead /ledger/dead.jsonl',
  ]);
  assert.is(fake.store.images.size, 0);
});

test('an image stays that a record, the cache of bases, a living run or another name has', async ({
  signal,
}) => {
  const cases: Record<string, (home: string) => Promise<unknown>> = {
    'a record': (home) => publishRecord(home, 'an older bake'),
    'a base': (home) => put(home, 'cache/bases/abc/base.json', JSON.stringify({ image: ID })),
    'a living run': (home) => writeLedger(home, 'living', [image()], { lives: true }),
  };
  for (const [what, has] of Object.entries(cases)) {
    await using home = await temporaryHome();
    await has(home.path);
    await writeLedger(home.path, 'dead', [image()]);
    const fake = engineWith();
    assert.equal(await collectRuns(home.path, fake, signal), [
      'removed ledger of the bake of dead /ledger/dead.jsonl',
    ]);
    assert.is(fake.store.images.size, 1, what);
  }
  await using home = await temporaryHome();
  await writeLedger(home.path, 'dead', [image(), name()]);
  const fake = engineWith('kiln/web:8', 'somebody/else:1');
  await collectRuns(home.path, fake, signal);
  assert.equal(fake.store.images.get(ID)?.tags, ['somebody/else:1']);
});

test('a name stays that was given to another image since, or that is of a record', async ({ signal }) => {
  await using home = await temporaryHome();
  const other = digestOf('another image');
  await writeLedger(home.path, 'dead', [name()]);
  const fake = fakeEngine({ store: fakeStore([sampleImage({ id: other, tags: ['kiln/web:8'] })]) });
  await collectRuns(home.path, fake, signal);
  assert.equal(fake.store.images.get(other)?.tags, ['kiln/web:8']);

  await publishRecord(home.path, 'dead');
  await writeLedger(home.path, 'dead', [image(), name({ name: 'kiln/web:1' })]);
  const published = engineWith('kiln/web:1');
  await collectRuns(home.path, published, signal);
  assert.equal(published.store.images.get(ID)?.tags, ['kiln/web:1']);
});

test('a name that no record has goes, though its image is a record’s by another name', async ({ signal }) => {
  await using home = await temporaryHome();
  await publishRecord(home.path, 'another', 1);
  await writeLedger(home.path, 'dead', [image(), name(), PUBLISH]);
  const fake = engineWith('kiln/web:1', 'kiln/web:8', 'kiln/web:latest');
  assert.equal(await collectRuns(home.path, fake, signal), [
    'removed name of an image without a record kiln/web:8',
    'removed ledger of the bake of dead /ledger/dead.jsonl',
  ]);
  assert.equal(fake.store.images.get(ID)?.tags, ['kiln/web:1', 'kiln/web:latest']);
});

test('the last name that the image of a record has is kept with the reason', async ({ signal }) => {
  await using home = await temporaryHome();
  await publishRecord(home.path, 'another', 1);
  await writeLedger(home.path, 'dead', [name()]);
  const fake = engineWith('kiln/web:8');
  assert.equal(await collectRuns(home.path, fake, signal), [
    'kept name of an image without a record kiln/web:8 (the image of a record has no other name left)',
    'kept ledger of the bake of dead /ledger/dead.jsonl (of what it names one is still there)',
  ]);
});

test('a name is kept while a living run has its image, and goes when that has published it', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  const living = await writeLedger(home.path, 'living', [image()], { lives: true });
  await writeLedger(home.path, 'dead', [image(), name(), PUBLISH]);
  const fake = engineWith('kiln/web:8');
  assert.equal(await collectRuns(home.path, fake, signal), [
    'kept name of an image without a record kiln/web:8 (a run that lives has made the same image)',
    'kept ledger of the bake of dead /ledger/dead.jsonl (of what it names one is still there)',
  ]);
  assert.equal(fake.store.images.get(ID)?.tags, ['kiln/web:8']);
  await publishRecord(home.path, 'living');
  await rm(living);
  await fake.store.tag(ID, 'kiln/web', '1');
  await collectRuns(home.path, fake, signal);
  assert.equal(fake.store.images.get(ID)?.tags, ['kiln/web:1']);
  assert.equal(await readdir(join(home.path, 'ledger')), []);
});

test('a name stays that a living run gives too', async ({ signal }) => {
  await using home = await temporaryHome();
  await writeLedger(home.path, 'living', [image(), name()], { lives: true });
  await writeLedger(home.path, 'dead', [name()]);
  const fake = engineWith('kiln/web:8');
  assert.equal(await collectRuns(home.path, fake, signal), [
    'removed ledger of the bake of dead /ledger/dead.jsonl',
  ]);
  assert.equal(fake.store.images.get(ID)?.tags, ['kiln/web:8']);
});

test('a name that is found is kept where a living run makes the same image before it goes', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  await writeLedger(home.path, 'dead', [name()]);
  const fake = engineWith('kiln/web:8');
  const { inspect } = fake.store;
  let asked = 0;
  fake.store.inspect = async (...given) => {
    if (++asked === 2) await writeLedger(home.path, 'living', [image()], { lives: true });
    return await inspect(...given);
  };
  const collected = await collectRuns(home.path, fake, signal);
  assert.match(collected[0] ?? '', /^kept name .*kiln\/web:8 \(a run that lives has made the same image\)$/);
  assert.match(collected.at(-1) ?? '', /^kept ledger .*one is still there/);
  assert.equal(fake.store.images.get(ID)?.tags, ['kiln/web:8']);
});

test('an image that something runs from, or that a damaged record may name, is kept with the reason', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  await writeLedger(home.path, 'dead', [image()]);
  const fake = engineWith();
  fake.containers.push({ id: '1', name: 'theirs', bake: 'another', image: ID });
  assert.equal(await collectRuns(home.path, fake, signal), [
    `kept image without a record ${ID} (the container theirs is made from it)`,
    'kept ledger of the bake of dead /ledger/dead.jsonl (of what it names one is still there)',
  ]);
  fake.containers.pop();
  await put(home.path, 'records/web/3.json', '{');
  const [kept] = await collectRuns(home.path, fake, signal);
  assert.match(kept ?? '', /^kept image .*the record of web@3 is damaged/);
  assert.is(fake.store.images.size, 1);
});

test('half of a base goes under its lock, and is kept while another makes the same one', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  const lock = join(home.path, 'cache/bases/abc/lock');
  await writeLedger(home.path, 'dead', [image({ lock }), name({ name: 'kiln/base:abc', lock })]);
  await put(home.path, 'cache/bases/abc/lock', await ownerOf(process.pid));
  const fake = engineWith('kiln/base:abc');
  const kept = await collectRuns(home.path, fake, signal);
  assert.match(kept.join('\n'), 'kept name of an image without a record kiln/base:abc (another run is about');
  assert.equal(fake.store.images.get(ID)?.tags, ['kiln/base:abc']);
  // whoever held it was killed
  await put(home.path, 'cache/bases/abc/lock', '4194305 1 boot\n');
  await collectRuns(home.path, fake, signal);
  assert.equal([fake.store.images.size, await readdir(join(home.path, 'ledger'))], [0, []]);
});

test('latest follows the newest image where the bake was killed right before', async ({ signal }) => {
  await using home = await temporaryHome();
  await publishRecord(home.path, 'dead');
  await writeLedger(home.path, 'dead', [image(), PUBLISH]);
  const old = sampleImage({ id: digestOf('old'), tags: ['kiln/web:latest'] });
  const fake = fakeEngine({ store: fakeStore([old, sampleImage({ id: ID, tags: ['kiln/web:1'] })]) });
  const line = 'name that does not follow the newest image kiln/web:latest';
  assert.equal((await collectRuns(home.path, fake, signal, { dryRun: true }))[0], `found ${line}`);
  assert.equal((await collectRuns(home.path, fake, signal))[0], `restored ${line}`);
  assert.equal(fake.store.images.get(ID)?.tags, ['kiln/web:1', 'kiln/web:latest']);
  assert.equal(fake.store.images.get(old.id)?.tags, []);
});

test('latest is left alone where another bake has published since', async ({ signal }) => {
  await using home = await temporaryHome();
  await publishRecord(home.path, 'dead', 1);
  await publishRecord(home.path, 'newer', 2);
  await writeLedger(home.path, 'dead', [PUBLISH, image()]);
  const fake = engineWith('kiln/web:1');
  await collectRuns(home.path, fake, signal);
  assert.equal(fake.store.images.get(ID)?.tags, ['kiln/web:1']);
});

test('a version without a record is free again, and the lists of its tree go', async ({ signal }) => {
  await using home = await temporaryHome();
  await put(home.path, 'records/web/8.reserved', JSON.stringify({ pid: 1, bake: 'dead' }));
  await put(home.path, 'records/web/9.reserved', JSON.stringify({ pid: 1, bake: 'another' }));
  await put(home.path, 'records/web/10.reserved', '{"pid": 1, "ba');
  await put(home.path, `${FILES}/manifest.ndjson.gz`);
  await put(home.path, `${FILES}/packages.paths.gz`);
  await writeLedger(home.path, 'dead', [PUBLISH]);
  assert.equal(await collectRuns(home.path, fakeEngine(), signal), [
    'removed version without a record /records/web/10.reserved',
    'removed version without a record /records/web/8.reserved',
    `removed lists of an image without a record /${FILES}`,
    'removed ledger of the bake of dead /ledger/dead.jsonl',
  ]);
  assert.equal(await readdir(join(home.path, 'records/web')), ['9.reserved']);
  assert.equal(await readdir(join(home.path, 'images')), []);
});

test('a reservation that is cut off is kept while a living run publishes the same template', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  await put(home.path, 'records/web/7.reserved', JSON.stringify({ pid: 1, bake: 'living' }));
  await put(home.path, 'records/web/8.reserved', '');
  await put(home.path, `${FILES}/manifest.ndjson.gz`);
  const living = await writeLedger(home.path, 'living', [PUBLISH], { lives: true });
  await writeLedger(home.path, 'dead', [PUBLISH]);
  const why = 'it does not say whose it is, and a run that lives may have reserved it';
  assert.equal(await collectRuns(home.path, fakeEngine(), signal), [
    `kept version without a record /records/web/8.reserved (${why})`,
    'kept ledger of the bake of dead /ledger/dead.jsonl (of what it names one is still there)',
  ]);
  assert.equal(await readdir(join(home.path, 'records/web')), ['7.reserved', '8.reserved']);
  assert.equal(await readdir(join(home.path, FILES)), ['manifest.ndjson.gz']);
  await rm(living);
  await collectRuns(home.path, fakeEngine(), signal);
  assert.equal(await readdir(join(home.path, 'records/web')), ['7.reserved']);
  assert.equal(await readdir(join(home.path, 'ledger')), []);
});

test('a version stays taken as long as its name is in the engine', async ({ signal }) => {
  await using home = await temporaryHome();
  await put(home.path, 'records/web/8.reserved', JSON.stringify({ pid: 1, bake: 'dead' }));
  const living = await writeLedger(home.path, 'living', [image()], { lives: true });
  await writeLedger(home.path, 'dead', [image(), name(), PUBLISH]);
  const fake = engineWith('kiln/web:8');
  const [, kept] = await collectRuns(home.path, fake, signal);
  assert.match(kept ?? '', /^kept version .*8\.reserved \(the name kiln\/web:8 may still be there\)$/);
  await rm(living);
  await collectRuns(home.path, fake, signal);
  assert.equal(await readdir(join(home.path, 'records/web')), []);
});

test('a reservation that is found is kept where a living run may have it before it goes', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  await put(home.path, 'records/web/8.reserved', '');
  await writeLedger(home.path, 'dead', [PUBLISH]);
  const [dead] = (await readRuns(home.path)).dead;
  const facts = gcFacts(home.path, join(home.path, 'cache'), openFileCatalogue(home.path));
  const run = deadRun(dead as Run);
  const [left] = (await leftPublication(run, facts)).map(run.track);
  await writeLedger(home.path, 'living', [PUBLISH], { lives: true });
  await left?.remove(signal);
  assert.equal([run.stayed(), await readdir(join(home.path, 'records/web'))], [1, ['8.reserved']]);
});

test('a number that a living bake has reserved since it was found is left to it', async ({ signal }) => {
  await using home = await temporaryHome();
  await put(home.path, 'records/web/8.reserved', JSON.stringify({ pid: 1, bake: 'dead' }));
  await writeLedger(home.path, 'dead', [PUBLISH]);
  const [dead] = (await readRuns(home.path)).dead;
  const facts = gcFacts(home.path, join(home.path, 'cache'), openFileCatalogue(home.path));
  const [left] = await leftPublication(deadRun(dead as Run), facts);
  assert.is(left?.what, 'version without a record');
  const living = JSON.stringify({ pid: process.pid, bake: 'living' });
  await put(home.path, 'records/web/8.reserved', living);
  await left?.remove(signal);
  assert.is(await readFile(join(home.path, 'records/web/8.reserved'), 'utf8'), living);
});

test('a record keeps what goes with its tree, and only its reservation goes', async ({ signal }) => {
  await using home = await temporaryHome();
  await publishRecord(home.path, 'dead');
  await put(
    home.path,
    'records/web/1.reserved',
    await readFile(join(home.path, 'records/web/1.json'), 'utf8'),
  );
  await put(home.path, `${FILES}/manifest.ndjson.gz`);
  await writeLedger(home.path, 'dead', [PUBLISH]);
  await collectRuns(home.path, fakeEngine(), signal);
  assert.equal(await readdir(join(home.path, 'records/web')), ['1.json']);
  assert.equal(await readdir(join(home.path, FILES)), ['manifest.ndjson.gz']);
});

test('the folder of a tree goes where nothing was written to it, unless a living run will', async ({
  signal,
}) => {
  await using home = await temporaryHome();
  await mkdir(join(home.path, FILES), { recursive: true });
  const living = await writeLedger(home.path, 'living', [PUBLISH], { lives: true });
  await writeLedger(home.path, 'dead', [PUBLISH]);
  await collectRuns(home.path, fakeEngine(), signal);
  assert.ok(existsSync(join(home.path, FILES)));
  await rm(living);
  await writeLedger(home.path, 'dead', [PUBLISH]);
  assert.equal(await collectRuns(home.path, fakeEngine(), signal), [
    `removed empty folder /${FILES}`,
    'removed ledger of the bake of dead /ledger/dead.jsonl',
  ]);
  assert.not(existsSync(join(home.path, FILES)));
});

test('half of an export goes, and no path whose name we never give', async ({ signal }) => {
  await using home = await temporaryHome();
  await put(home.path, 'out/.web.qcow2.1234.part', 'half');
  await put(home.path, 'out/web.qcow2', 'whole');
  const path = (file: string) => ({ kind: 'path', path: join(home.path, file) });
  await writeLedger(home.path, 'dead', [
    path('out/.web.qcow2.1234.part'),
    path('out/web.qcow2'),
    path('out/.gone.part'),
  ]);
  assert.equal(await collectRuns(home.path, fakeEngine(), signal), [
    'removed temporary files /out/.web.qcow2.1234.part',
    'kept temporary files /out/web.qcow2 (its name is none that is given to temporary files)',
    'kept ledger of the bake of dead /ledger/dead.jsonl (of what it names one is still there)',
  ]);
  assert.equal(await readdir(join(home.path, 'out')), ['web.qcow2']);
});

test('an engine that does not answer keeps what is on it, and nothing else', async ({ signal }) => {
  await using home = await temporaryHome();
  await put(home.path, 'out/.web.tar.1.part');
  await writeLedger(home.path, 'dead', [
    container('c'),
    { kind: 'path', path: join(home.path, 'out/.web.tar.1.part') },
  ]);
  await writeLedger(home.path, 'other', []);
  const gone = async () => {
    throw new Fault('ENGINE_UNREACHABLE', 'no container engine answers');
  };
  const collected = await collectRuns(home.path, gcEngines(gone), signal);
  const why = 'the container engine at unix:///fake does not answer';
  assert.equal(collected, [
    `kept what is left of the bake of dead dead (${why})`,
    'removed temporary files /out/.web.tar.1.part',
    'kept ledger of the bake of dead /ledger/dead.jsonl (of what it names one is still there)',
    'removed ledger of the bake of other /ledger/other.jsonl',
  ]);
});

test('another engine at the same address is not taken for the one of the ledger', async ({ signal }) => {
  await using home = await temporaryHome();
  await writeLedger(home.path, 'dead', [container('c')]);
  const hosts: (string | undefined)[] = [];
  const open = async (_signal: AbortSignal, host?: string) => {
    hosts.push(host);
    return { leftovers: { name: async () => ({ id: 'ANOTHER', address: 'unix:///fake' }) } } as never;
  };
  const [first] = await collectRuns(home.path, gcEngines(open), signal);
  assert.match(first ?? '', /^kept .*does not answer/);
  assert.equal(hosts, [undefined, 'unix:///fake']);
});

test('what a newer kiln has made is named and left to it, and what is known goes', async ({ signal }) => {
  await using home = await temporaryHome();
  await writeLedger(home.path, 'dead', [{ kind: 'satellite' }, container('c')]);
  await put(home.path, 'ledger/newer.jsonl', '{"kind":"kiln.ledger/v9"}\n');
  const damaged = { more: ['not json at all', { n: 1, settled: true }] };
  await writeLedger(home.path, 'rotten', [container('d')], { more: [{ no: 'n' }, ...damaged.more] });
  const fake = fakeEngine({ containers: [{ id: '1', name: 'c', bake: 'dead' }] });
  assert.equal(await collectRuns(home.path, fake, signal), [
    'removed container c',
    'kept ledger of the bake of dead /ledger/dead.jsonl (it names things that a newer kiln has made: satellite)',
    'kept ledger of the bake of rotten /ledger/rotten.jsonl (2 of its lines cannot be read)',
    'kept ledger of the unknown run /ledger/newer.jsonl (this kiln cannot read it: a newer one’s, or damaged)',
  ]);
});

test('a call that was underway when the run was killed is waited for', async ({ signal }) => {
  await using home = await temporaryHome();
  const file = await writeLedger(home.path, 'dead', [container('late')]);
  const justNow = new Date(Date.now() - 8_000).toISOString();
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/("n":1,"at":")[^"]+/, `$1${justNow}`));
  const fake = fakeEngine();
  setTimeout(() => fake.containers.push({ id: '1', name: 'late', bake: 'dead' }), 50);
  assert.equal((await collectRuns(home.path, fake, signal))[0], 'removed container late');
});

test.run();
