import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { NO_INVENTORY, sampleDraft, sampleForms, temporaryHome } from './sample-record.ts';

const test = suite('publish an image');

test('the first image is version 1, the next is version 2', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const first = await catalogue.publish(sampleDraft(), sampleForms());
  const second = await catalogue.publish(sampleDraft({ inventory: NO_INVENTORY }), sampleForms());
  assert.equal([first.name, second.name], ['web@1', 'web@2']);
  assert.is(second.forms.find((form) => form.kind === 'oci')?.tag, 'kiln/web:2');
  assert.equal(await catalogue.get('web@2'), second);
  assert.equal(await catalogue.get('web@1'), first);
  assert.equal((await readdir(join(home.path, 'records/web'))).sort(), ['1.json', '2.json']);
});

test('nothing can be read while prepare runs, and the version is already taken', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await catalogue.publish(sampleDraft(), async (version) => {
    assert.is(version, 1);
    assert.is(await catalogue.latest('web'), undefined);
    assert.equal(await catalogue.templates(), []);
    const inner = await catalogue.publish(sampleDraft(), sampleForms());
    assert.is(inner.version, 2);
    return sampleForms()(version);
  });
  assert.equal(await catalogue.versions('web'), [1, 2]);
});

test('a prepare that throws publishes nothing and gives its version back', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await rejects(
    catalogue.publish(sampleDraft(), async () => {
      throw new Error('the engine is gone');
    }),
    /the engine is gone/,
  );
  assert.equal(await readdir(join(home.path, 'records/web')), []);
  assert.is((await catalogue.publish(sampleDraft(), sampleForms())).version, 1);
});

test('a version given back below one that was published is not used again', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await rejects(
    catalogue.publish(sampleDraft(), async () => {
      await catalogue.publish(sampleDraft(), sampleForms());
      throw new Error('too late');
    }),
    /too late/,
  );
  assert.is((await catalogue.publish(sampleDraft(), sampleForms())).version, 3);
});

test('a reservation that a killed process left behind costs its number only', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await mkdir(join(home.path, 'records/web'), { recursive: true });
  await writeFile(join(home.path, 'records/web/4.reserved'), '');
  assert.is((await catalogue.publish(sampleDraft(), sampleForms())).version, 5);
  assert.equal(await catalogue.versions('web'), [5]);
});

test('a record that is already there is never replaced', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const file = join(home.path, 'records/web/1.json');
  await rejects(
    catalogue.publish(sampleDraft(), async (version) => {
      await writeFile(file, 'from elsewhere');
      return sampleForms()(version);
    }),
    /EEXIST/,
  );
  assert.is(await readFile(file, 'utf8'), 'from elsewhere');
});

test('a template whose name leads out of the catalogue is refused', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  for (const template of ['../web', 'a/b', '', '.', 'we b', "we'b", 'web;x', '$(id)']) {
    await rejects(catalogue.publish(sampleDraft({ template }), sampleForms()), { code: 'USAGE' });
  }
  assert.equal(await readdir(home.path), []);
});

test(
  'eight processes that publish ten images each lose and double no version',
  async () => {
    await using home = await temporaryHome();
    const script = join(import.meta.dirname, 'publish-many.ts');
    const argv = ['--import', 'tsx', script, home.path, 'web', '10'];
    const outputs = await Promise.all(
      Array.from({ length: 8 }, async () => (await promisify(execFile)(process.execPath, argv)).stdout),
    );
    const versions = outputs.map((output) => output.trim().split('\n').map(Number));
    assert.equal(
      versions.flat().sort((a, b) => a - b),
      Array.from({ length: 80 }, (_, index) => index + 1),
    );
    for (const own of versions)
      assert.equal(
        own,
        own.toSorted((a, b) => a - b),
        'a later publish has a later version',
      );

    const catalogue = openFileCatalogue(home.path);
    const bakes = new Set<string>();
    for await (const item of catalogue.list('web')) {
      assert.is(item.kind, 'image');
      if (item.kind === 'image') bakes.add(item.record.bake);
    }
    assert.is(bakes.size, 80);
    assert.is((await readdir(join(home.path, 'records/web'))).length, 80, 'no reservation is left');
  },
  { deadline: 120_000 },
);

test('a hundred at once from one process get a hundred versions', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const draft = sampleDraft();
  const records = await Promise.all(
    Array.from({ length: 100 }, () => catalogue.publish(draft, sampleForms())),
  );
  assert.is(new Set(records.map(({ version }) => version)).size, 100);
  assert.is((await catalogue.versions('web')).length, 100);
});

test('a name that leads to no record is passed over for the newest that is there', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await catalogue.publish(sampleDraft(), sampleForms());
  for (const version of [2, 3]) await symlink('nowhere', join(home.path, `records/web/${version}.json`));
  assert.is((await catalogue.latest('web'))?.name, 'web@1');
  await rm(join(home.path, 'records/web/1.json'));
  assert.is(await catalogue.latest('web'), undefined);
});

test.run();
