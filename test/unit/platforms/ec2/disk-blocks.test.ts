import { createHash } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import {
  BLOCK,
  blocksOf,
  checksumOf,
  isZeros,
  linearChecksum,
  readBlock,
  volumeSize,
} from '../../../../src/platforms/ec2/disk-blocks.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('blocks of a snapshot');

const GIB = 1024 ** 3;

test('data takes every block that it touches, once and in order', () => {
  const extent = (offset: number, length: number) => ({ offset, length });
  assert.equal(blocksOf([]), []);
  assert.equal(blocksOf([extent(0, 1)]), [0]);
  assert.equal(blocksOf([extent(0, BLOCK)]), [0]);
  assert.equal(blocksOf([extent(0, BLOCK + 1)]), [0, 1]);
  assert.equal(blocksOf([extent(BLOCK - 1, 2)]), [0, 1]);
  assert.equal(blocksOf([extent(9 * BLOCK, 4096), extent(0, 512), extent(9 * BLOCK + 8192, 4096)]), [0, 9]);
  assert.equal(blocksOf([extent(3 * BLOCK, 0)]), []);
});

test('a volume is whole GiB, and one at least', () => {
  const sizes = [0, 1, GIB, GIB + 1, 4 * GIB].map(volumeSize);
  assert.equal(sizes, [1, 1, 1, 2, 4]);
});

test('a block past the end of the disk is filled with zeros', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'disk.raw');
  await writeFile(file, Buffer.concat([Buffer.alloc(BLOCK, 'a'), Buffer.from('end')]));
  const disk = await open(file, 'r');
  try {
    const [first, last, past] = await Promise.all([0, 1, 2].map((index) => readBlock(disk, index)));
    assert.ok(first?.equals(Buffer.alloc(BLOCK, 'a')));
    const end = Buffer.alloc(BLOCK);
    end.write('end');
    assert.ok(last?.equals(end));
    assert.equal(
      [first, last, past].map((block) => block !== undefined && isZeros(block)),
      [false, false, true],
    );
  } finally {
    await disk.close();
  }
});

test('the checksum over all is that of the checksums’ bytes, one after the other', () => {
  const [a, b] = [checksumOf(Buffer.from('a')), checksumOf(Buffer.from('b'))];
  const hex = `${a.toString('hex')}${b.toString('hex')}`;
  const expected = createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex');
  assert.is(linearChecksum([a, b]).toString('hex'), expected);
  assert.is.not(linearChecksum([b, a]).toString('hex'), expected);
  // As `sha256sum` gives it for nothing: a disk of zeros alone.
  assert.is(linearChecksum([]).toString('base64'), '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
});

test.run();
