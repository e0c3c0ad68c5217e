import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { reserveVersion } from '../../../src/catalogue/reservation.ts';
import { suite } from '../../support/suite.ts';
import { temporaryHome } from './sample-record.ts';

const test = suite('reservation of a version');

test('a reservation says whose it is', async () => {
  await using home = await temporaryHome();
  const { version } = await reserveVersion(home.path, 'bake-1');
  const holder = JSON.parse(await readFile(join(home.path, `${version}.reserved`), 'utf8'));
  assert.equal(holder, { pid: process.pid, bake: 'bake-1' });
});

test('a version that was published since the folder was listed is not taken again', async () => {
  await using home = await temporaryHome();
  const other = await reserveVersion(home.path, 'quick');
  await other.fill('{}', join(home.path, '1.json'));
  await other.release();

  let listed = 0;
  const outOfDate = async (folder: string) => (listed++ === 0 ? [] : await readdir(folder));
  const slow = await reserveVersion(home.path, 'slow', outOfDate);
  assert.is(slow.version, 2);
  assert.equal((await readdir(home.path)).sort(), ['1.json', '2.reserved']);
});

test('a version that another holds is not taken again', async () => {
  await using home = await temporaryHome();
  await reserveVersion(home.path, 'first');
  let listed = 0;
  const outOfDate = async (folder: string) => (listed++ === 0 ? [] : await readdir(folder));
  assert.is((await reserveVersion(home.path, 'second', outOfDate)).version, 2);
});

test('the number of a record that was set aside or removed stays taken', async () => {
  await using home = await temporaryHome();
  for (const [index, name] of ['4.damaged', '5.pruned', '6.revoked', 'notes.txt'].entries()) {
    await writeFile(join(home.path, name), '');
    const { version, release } = await reserveVersion(home.path, 'next');
    await release();
    assert.is(version, [5, 6, 7, 7][index]);
  }
});

test.run();
