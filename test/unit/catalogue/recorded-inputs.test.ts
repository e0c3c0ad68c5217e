import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import type { ImageRecord } from '../../../src/catalogue/record.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from './sample-record.ts';

const test = suite('what a record says of what went in');

const { base, bundle } = sampleDraft();
const NEW = {
  base: { ...base, epoch: '2026-11-24T08:00:00.000Z' },
  bundle: { ...bundle, files: { 'provisioners/web.pp': 'ab'.repeat(32) } },
};

/** Reads a record in which somebody has written something else. */
async function reread(change: (record: ImageRecord) => object): Promise<ImageRecord> {
  await using home = await temporaryHome();
  const catalogue = openFileCatalogue(home.path);
  const record = await catalogue.publish(sampleDraft(NEW), sampleForms());
  await writeFile(join(home.path, 'records/web/1.json'), JSON.stringify({ ...record, ...change(record) }));
  return await catalogue.get('web@1');
}

test('the base’s date and the bundle’s files are read back as they were written', async () => {
  const record = await reread(() => ({}));
  assert.equal([record.base, record.bundle], [NEW.base, NEW.bundle]);
});

test('a record of an older kiln, which has neither, can be read', async () => {
  const record = await reread(() => ({ base, bundle }));
  assert.equal([record.base.epoch, record.bundle.files], [undefined, undefined]);
});

test('a date or a file that is none is damage', async () => {
  const date = await rejects(
    reread(() => ({ base: { ...base, epoch: 7 } })),
    { code: 'RECORD_DAMAGED' },
  );
  assert.match(date.message, 'base.epoch is a number, not a string');
  const file = await rejects(
    reread(() => ({ bundle: { ...bundle, files: { 'a.pp': null } } })),
    { code: 'RECORD_DAMAGED' },
  );
  assert.match(file.message, 'bundle.files.a.pp is null, not a string');
});

test.run();
