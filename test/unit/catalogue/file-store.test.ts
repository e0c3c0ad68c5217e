import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import type { ListedImage } from '../../../src/catalogue/store.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from './sample-record.ts';

const test = suite('file catalogue');

async function catalogueWith(home: string, count: number, template = 'web') {
  const catalogue = openFileCatalogue(home);
  for (let made = 0; made < count; made++) {
    await catalogue.publish(sampleDraft({ template }), sampleForms(template));
  }
  return catalogue;
}

async function all(items: AsyncIterable<ListedImage>): Promise<ListedImage[]> {
  const found: ListedImage[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function nameOf(item: ListedImage): string {
  return item.kind === 'image' ? item.record.name : `damaged ${item.template}@${item.version}`;
}

test('an empty catalogue has no templates, no versions and nothing to list', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(join(home.path, 'not', 'there'));
  assert.equal(await catalogue.templates(), []);
  assert.equal(await catalogue.versions('web'), []);
  assert.equal(await all(catalogue.list()), []);
  assert.is(await catalogue.latest('web'), undefined);
  const fault = await rejects(catalogue.get('web'), { code: 'IMAGE_UNKNOWN' });
  assert.match(fault.hint ?? '', 'bake image web');
});

test('an image is found by its name, by @latest and by its number', async () => {
  await using home = await temporaryHome();
  const catalogue = await catalogueWith(home.path, 11);
  assert.is((await catalogue.get('web')).version, 11);
  assert.is((await catalogue.get('web@latest')).version, 11);
  assert.is((await catalogue.get('web@9')).version, 9);
});

test('a version that is not there is answered with those that are', async () => {
  await using home = await temporaryHome();
  const catalogue = await catalogueWith(home.path, 6);
  const fault = await rejects(catalogue.get('web@9'), { code: 'IMAGE_UNKNOWN' });
  assert.is(fault.message, 'there is no web@9');
  assert.is(fault.hint, 'web has versions 1–6.');
  assert.is(fault.exitCode, 2);
});

test('a template that has no image is answered with those that have one', async () => {
  await using home = await temporaryHome();
  await catalogueWith(home.path, 1, 'web');
  const catalogue = await catalogueWith(home.path, 1, 'app');
  for (const ref of ['wbe', 'wbe@latest', 'wbe@3']) {
    const fault = await rejects(catalogue.get(ref), { code: 'IMAGE_UNKNOWN' });
    assert.match(fault.hint ?? '', 'app, web');
  }
});

test('a list is newest first and goes through the templates by name', async () => {
  await using home = await temporaryHome();
  await catalogueWith(home.path, 10, 'web');
  const catalogue = await catalogueWith(home.path, 2, 'app');
  const names = (await all(catalogue.list())).map(nameOf);
  assert.equal(names.slice(0, 4), ['app@2', 'app@1', 'web@10', 'web@9']);
  assert.equal((await all(catalogue.list('app'))).map(nameOf), ['app@2', 'app@1']);
});

const DAMAGES: readonly [string, string | ((whole: string) => string), RegExp][] = [
  ['is empty', '', /is empty/],
  ['was cut off', (whole) => whole.slice(0, whole.length / 2), /no JSON/],
  ['is another JSON', '[]', /not an object/],
  ['lacks its digest', (whole) => whole.replace('"digest"', '"digset"'), /digest is missing/],
  [
    'has a package without a version',
    (whole) => whole.replace('"version":"1.22.1-9+deb12u3",', ''),
    /packages\[0\]\.version/,
  ],
  [
    'has text for a size',
    (whole) => whole.replace('"bytes":812000000', '"bytes":"big"'),
    /bytes is a string, not a number/,
  ],
  [
    'is of another image',
    (whole) => whole.replace('"name":"web@2"', '"name":"web@1"'),
    /says that it is web@1/,
  ],
  [
    'is of another template',
    (whole) => whole.replace('"template":"web"', '"template":"app"'),
    /version 2 of app/,
  ],
  [
    'is of a later format',
    (whole) => whole.replace('kiln.image/v1', 'kiln.image/v2'),
    /format is kiln\.image\/v2/,
  ],
];

for (const [what, damage, message] of DAMAGES) {
  test(`a record that ${what} is named, and the rest is listed`, async () => {
    await using home = await temporaryHome();
    const catalogue = await catalogueWith(home.path, 3);
    const file = join(home.path, 'records/web/2.json');
    const whole = JSON.stringify(await catalogue.get('web@2'));
    const torn = typeof damage === 'string' ? damage : damage(whole);
    assert.is.not(torn, whole);
    await writeFile(file, torn);

    const fault = await rejects(catalogue.get('web@2'), { code: 'RECORD_DAMAGED' });
    assert.match(fault.message, message);
    assert.equal(fault.details, [file]);
    assert.equal((await all(catalogue.list('web'))).map(nameOf), ['web@3', 'damaged web@2', 'web@1']);
    assert.is((await catalogue.get('web')).version, 3);
    assert.is((await catalogue.publish(sampleDraft(), sampleForms())).version, 4);
  });
}

test('a damaged newest record is no reason to take the one before it', async () => {
  await using home = await temporaryHome();
  const catalogue = await catalogueWith(home.path, 2);
  await writeFile(join(home.path, 'records/web/2.json'), '{');
  await rejects(catalogue.latest('web'), { code: 'RECORD_DAMAGED' });
});

test('only the names are read to know the versions', async () => {
  await using home = await temporaryHome();
  const catalogue = await catalogueWith(home.path, 2);
  const folder = join(home.path, 'records/web');
  await writeFile(join(folder, '100000.json'), 'not read');
  for (const name of ['7.reserved', '8.damaged', 'notes.txt', '09.json', '0.json'])
    await writeFile(join(folder, name), '');
  assert.equal(await catalogue.versions('web'), [1, 2, 100_000]);
});

test('a field that a later kiln added is kept', async () => {
  await using home = await temporaryHome();
  const catalogue = await catalogueWith(home.path, 1);
  const record = { ...(await catalogue.get('web')), signature: 'later' };
  await writeFile(join(home.path, 'records/web/1.json'), JSON.stringify(record));
  assert.equal(await catalogue.get('web'), record);
});

test('an image that could be checked in its finished form only has no earlier report', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const { verify } = sampleDraft().checks;
  await catalogue.publish(sampleDraft({ checks: { check: undefined, verify } }), sampleForms());
  assert.equal((await catalogue.get('web')).checks, { verify });
});

test('what goes with a tree lies in a folder of its digest', async () => {
  const digest = digestOf('tree');
  const catalogue = openFileCatalogue('/home');
  assert.is(catalogue.manifestPath(digest), `/home/images/${digest.slice(7)}/manifest.ndjson.gz`);
  assert.is(catalogue.packageFilesPath(digest), `/home/images/${digest.slice(7)}/packages.paths.gz`);
});

test.run();
