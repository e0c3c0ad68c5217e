import * as assert from 'uvu/assert';
import { crc32c } from '../../../src/disks/crc32c.ts';
import { suite } from '../../support/suite.ts';

const test = suite('crc32c');

test('gives the examples of RFC 3720, which inverts what ext4 does not', () => {
  const inverted = (bytes: Uint8Array) => (~crc32c(0xffffffff, bytes) >>> 0).toString(16);
  assert.is(inverted(Buffer.alloc(32)), '8a9136aa');
  assert.is(inverted(Buffer.alloc(32, 0xff)), '62a8ab43');
  assert.is(inverted(Uint8Array.from({ length: 32 }, (_, at) => at)), '46dd794e');
});

test('is carried on from a value', () => {
  const bytes = Buffer.from('123456789');
  assert.is(crc32c(crc32c(7, bytes.subarray(0, 4)), bytes.subarray(4)), crc32c(7, bytes));
});

test.run();
