import { rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import {
  ascending,
  descending,
  readRecordFolder,
  recordFolderReader,
} from '../../../src/catalogue/record-folder.ts';
import { suite } from '../../support/suite.ts';
import { temporaryHome } from './sample-record.ts';

const test = suite('names in a folder of records');

async function folderWith(names: readonly string[]) {
  const home = await temporaryHome();
  for (const name of names) await writeFile(join(home.path, name), '');
  return home;
}

const longAgo = (folder: string) => utimes(folder, 1_700_000_000, 1_700_000_000);

test('versions are told by their endings, and what is not one is left out', async () => {
  const odd = ['notes.txt', '09.json', '0.json', '7', '.json', '-1.json', '1e3.json', '٣.json', '8x.json'];
  await using folder = await folderWith([
    '7.json',
    '12.json',
    '7.revoked',
    '12.revoked.0d2a',
    '3.x.json',
    ...odd,
  ]);
  const names = readRecordFolder(folder.path);
  assert.equal([...names].map(([ending, versions]) => [ending, [...ascending(versions)]]).sort(), [
    ['json', [7, 12]],
    ['revoked', [7]],
    ['revoked.0d2a', [12]],
    ['x.json', [3]],
  ]);
});

test('a folder that is not there, or that is a file, has none', async () => {
  await using folder = await folderWith(['file']);
  for (const name of ['nowhere', 'file', 'file/below']) {
    assert.is(readRecordFolder(join(folder.path, name)).size, 0, name);
    assert.is(recordFolderReader()(join(folder.path, name)).size, 0, name);
  }
});

test('versions come in the order of their numbers, however many they are', () => {
  const versions = [9, 100_000, 10, 2, 1];
  assert.equal([...ascending(versions)], [1, 2, 9, 10, 100_000]);
  assert.equal([...descending(versions)], [100_000, 10, 9, 2, 1]);
  assert.equal([...descending([7])], [7]);
  const sparse = [1, 63, 64, 65, 128, 129, 1100, 90_000, 90_064, 100_000];
  assert.equal([...descending([...sparse].sort())], sparse.reverse());
  assert.equal([[...ascending()], [...descending()]], [[], []]);
});

test('names are read again only where the folder has changed', async () => {
  await using folder = await folderWith(['1.json']);
  await longAgo(folder.path);
  const read = recordFolderReader();
  const before = read(folder.path);
  assert.is(read(folder.path), before);
  await writeFile(join(folder.path, '2.json'), '');
  assert.equal([...ascending(read(folder.path).get('json'))], [1, 2]);
  await longAgo(folder.path);
  read(folder.path);
  await rename(join(folder.path, '2.json'), join(folder.path, '2.pruned'));
  assert.equal(read(folder.path).get('json'), [1]);
});

test('names of a folder that changed a moment ago are not kept: its time may not tell the next change', async () => {
  await using folder = await folderWith(['1.json']);
  const now = new Date();
  await utimes(folder.path, now, now);
  const read = recordFolderReader();
  read(folder.path);
  await writeFile(join(folder.path, '2.json'), '');
  await utimes(folder.path, now, now);
  assert.equal([...ascending(read(folder.path).get('json'))], [1, 2]);
});

test.run();
