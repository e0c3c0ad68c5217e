import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from './sample-record.ts';

const test = suite('confirmations of images');
const MONDAY = { bake: '3h2k9x4p-000001', at: '2026-11-23T02:31:00.000Z' };
const TUESDAY = { bake: '3h2k9x4p-000002', at: '2026-11-24T02:30:30.000Z' };

test('an image that bakes came to again says which and when, and its record is as it was', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const record = await catalogue.publish(sampleDraft(), sampleForms('web'));
  assert.equal(await catalogue.confirmations(record), []);
  await catalogue.confirm(record, MONDAY);
  await catalogue.confirm(record, TUESDAY);
  assert.equal(await catalogue.confirmations(record), [MONDAY, TUESDAY]);
  assert.equal(await catalogue.get('web@1'), record);
  assert.equal(await catalogue.versions('web'), [1]);
  for await (const listed of catalogue.list())
    assert.is(listed.kind === 'image' && listed.confirmed, TUESDAY.at);
  assert.equal((await readdir(join(home.path, 'records/web'))).sort(), ['1.confirmed', '1.json']);
});

test('the next image takes the next number, and has none of its confirmations', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  await catalogue.confirm(await catalogue.publish(sampleDraft(), sampleForms('web')), MONDAY);
  const next = await catalogue.publish(sampleDraft(), sampleForms('web'));
  assert.is(next.name, 'web@2');
  assert.equal(await catalogue.confirmations(next), []);
});

test('a confirmation that a crash tore is none, and takes nothing from the others', async () => {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const record = await catalogue.publish(sampleDraft(), sampleForms('web'));
  await catalogue.confirm(record, MONDAY);
  for (const damage of [
    '{"kind":"kiln.confirmation/v1","bake":"x',
    '\nnull\n{"kind":"other","bake":"x","at":"y"}',
  ])
    await appendFile(join(home.path, 'records/web/1.confirmed'), damage);
  await catalogue.confirm(record, TUESDAY);
  assert.equal(await catalogue.confirmations(record), [MONDAY, TUESDAY]);
});

test.run();
