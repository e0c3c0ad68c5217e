import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { copyIn } from '../../../src/catalogue/ami-copies.ts';
import { openFileCatalogue } from '../../../src/catalogue/file-store.ts';
import { openTombstones } from '../../../src/catalogue/tombstones.ts';
import { suite } from '../../support/suite.ts';
import { sampleDraft, sampleForms, temporaryHome } from './sample-record.ts';

const test = suite("copies of an image's AMI");
const run = '3h2k9x4p-000001';
const OREGON = {
  region: 'us-west-2',
  id: 'ami-1',
  snapshots: ['snap-1'],
  run,
  at: '2026-11-23T02:31:00Z',
} as const;
const DUBLIN = { ...OREGON, region: 'eu-west-1', id: 'ami-2', snapshots: ['snap-2', 'snap-3'] } as const;

async function webOf(home: string) {
  const catalogue = openFileCatalogue(home);
  return { catalogue, record: await catalogue.publish(sampleDraft(), sampleForms('web')) };
}

test('each is told with its region, and the record is as it was', async () => {
  await using home = await temporaryHome();
  const { catalogue, record } = await webOf(home.path);
  assert.equal(await catalogue.copies(record), []);
  for (const copy of [OREGON, DUBLIN]) await catalogue.noteCopy(record, { what: 'copied', ...copy });
  const copies = await catalogue.copies(record);
  assert.equal(copies, [OREGON, DUBLIN]);
  assert.equal(copyIn(copies, 'eu-west-1'), DUBLIN);
  assert.is(copyIn(copies, 'us-east-1'), undefined);
  assert.equal(await catalogue.get('web@1'), record);
  assert.equal(await catalogue.versions('web'), [1]);
});

test('one that was lost is known as such, and the next one of its region takes its place', async () => {
  await using home = await temporaryHome();
  const { catalogue, record } = await webOf(home.path);
  await catalogue.noteCopy(record, { what: 'copied', ...OREGON });
  const lost = '2026-11-24T02:31:00Z';
  await catalogue.noteCopy(record, { what: 'lost', region: 'us-west-2', id: 'ami-1', at: lost });
  assert.is(copyIn(await catalogue.copies(record), 'us-west-2'), undefined);
  const again = { ...OREGON, id: 'ami-9' } as const;
  await catalogue.noteCopy(record, { what: 'copied', ...again });
  const copies = await catalogue.copies(record);
  assert.equal(copies, [{ ...OREGON, lost }, again]);
  assert.equal(copyIn(copies, 'us-west-2'), again);
});

test('a line that a crash tore is none, and takes nothing from the others', async () => {
  await using home = await temporaryHome();
  const { catalogue, record } = await webOf(home.path);
  await catalogue.noteCopy(record, { what: 'copied', ...OREGON });
  for (const damage of [
    '{"kind":"kiln.copies/v1","what":"copied","region":"us',
    '\nnull\n{"kind":"kiln.copies/v1","what":"copied","region":"us-east-1","id":"i-1","snapshots":[],"run":"x","at":"y"}',
  ])
    await appendFile(join(home.path, 'records/web/1.copies'), damage);
  await catalogue.noteCopy(record, { what: 'copied', ...DUBLIN });
  assert.equal(await catalogue.copies(record), [OREGON, DUBLIN]);
});

test('a tombstone has them all, as nothing else tells of them then', async () => {
  await using home = await temporaryHome();
  const { catalogue, record } = await webOf(home.path);
  await catalogue.noteCopy(record, { what: 'copied', ...OREGON });
  const tombstones = openTombstones(home.path);
  await tombstones.bury(record, 'alice@build-1', new Date());
  assert.equal(await readdir(join(home.path, 'records/web')), ['1.pruned']);
  const [tombstone] = await tombstones.unfinished();
  assert.equal(tombstone !== undefined && 'copies' in tombstone && tombstone.copies, [OREGON]);
});

test.run();
