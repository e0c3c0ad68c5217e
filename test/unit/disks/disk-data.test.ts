import { open } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { diskData } from '../../../src/disks/disk-data.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('data of a disk');
const MIB = 1024 ** 2;

test('only what was written of a sparse file is data', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'disk.raw');
  const disk = await open(file, 'wx');
  await disk.truncate(64 * MIB);
  await disk.write(Buffer.alloc(MIB, 'a'), 0, MIB, 8 * MIB);
  await disk.write(Buffer.from('b'), 0, 1, 40 * MIB);
  await disk.close();
  const data = await diskData(file, signal);
  assert.equal(
    data.map(({ offset }) => offset),
    [8 * MIB, 40 * MIB],
  );
  assert.is(data[0]?.length, MIB);
  assert.ok((data[1]?.length ?? 0) <= MIB);
});

test.run();
