import * as assert from 'uvu/assert';
import { checksumLine } from '../../../src/ui/checksum-line.ts';
import { garbageLines } from '../../../src/ui/garbage-lines.ts';
import { suite } from '../../support/suite.ts';

const test = suite('lines of gc and export');

test('of each thing it is said what became of it', () => {
  const one = { what: 'disk', where: '/d' };
  assert.equal(
    garbageLines([
      { ...one, state: 'removed' },
      { ...one, state: 'found' },
      { ...one, state: 'kept', why: 'web@2 is damaged' },
      { ...one, state: 'failed' },
    ]),
    [
      '✔ removed: disk /d',
      '- would be removed: disk /d',
      '- kept: disk /d (web@2 is damaged)',
      '✗ could not be removed: disk /d',
    ],
  );
  assert.equal(garbageLines([]), ['nothing is left of killed bakes and launches']);
});

test('of what is only set aside it is not said that it was removed', () => {
  const one = { what: 'damaged record', where: '/r', aside: true };
  assert.equal(
    garbageLines([
      { ...one, state: 'removed' },
      { ...one, state: 'found' },
      { ...one, state: 'failed' },
    ]),
    [
      '✔ set aside: damaged record /r',
      '- would be set aside: damaged record /r',
      '✗ could not be set aside: damaged record /r',
    ],
  );
});

test('a checksum line is what sha256sum writes, odd names included', () => {
  assert.is(checksumLine('ab', 'web 1.qcow2'), 'ab  web 1.qcow2');
  assert.is(checksumLine('ab', 'a\nb\\c'), '\\ab  a\\nb\\\\c');
});

test('what is put right is not said to be removed', () => {
  const swap = { what: 'name', where: 'kiln/web:latest', restores: true } as const;
  const states = ['restored', 'found', 'failed', 'kept'] as const;
  assert.equal(garbageLines(states.map((state) => ({ ...swap, state }))), [
    '✔ put right: name kiln/web:latest',
    '- would be put right: name kiln/web:latest',
    '✗ could not be put right: name kiln/web:latest',
    '- kept: name kiln/web:latest',
  ]);
});

test.run();
