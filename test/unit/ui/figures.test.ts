import * as assert from 'uvu/assert';
import { formatBytes, formatGrowth } from '../../../src/ui/bytes.ts';
import { formatDuration, formatSeconds } from '../../../src/ui/duration.ts';
import { formatTable } from '../../../src/ui/table.ts';
import { textWidth, truncateText, wrapText } from '../../../src/ui/text-width.ts';
import { suite } from '../../support/suite.ts';

const test = suite('figures and columns');

test('times get coarser as they get longer, and never say 60 seconds', () => {
  const shown = [0, 940, 41_230, 59_940, 59_960, 125_400, 3_599_700, 3_780_000].map(formatDuration);
  assert.equal(shown, [
    '0.0 s',
    '0.9 s',
    '41.2 s',
    '59.9 s',
    '1 min 0 s',
    '2 min 5 s',
    '1 h 0 min',
    '1 h 3 min',
  ]);
  assert.is(formatSeconds(28_412), '28.4');
});

test('sizes are in powers of 1000, with a decimal only where it says something', () => {
  const shown = [0, 999, 1000, 1_240, 9_960, 812_300_000, 999_600_000, 1_240_000_000].map(formatBytes);
  assert.equal(shown, ['0 B', '999 B', '1.0 kB', '1.2 kB', '10 kB', '812 MB', '1.0 GB', '1.2 GB']);
});

test('growth is in the unit of the size itself', () => {
  assert.is(formatGrowth(812_000_000, 815_000_000), '−3');
  assert.is(formatGrowth(1_240_000_000, 800_000_000), '+0.4');
  assert.is(formatGrowth(812_000_000, 812_300_000), '±0');
});

test('a text is cut and broken by the columns it takes, not by its characters', () => {
  assert.is(textWidth('日本 e\u0301'), 6);
  assert.is(truncateText('日本語', 5), '日本…');
  assert.is(truncateText('nginx', 5), 'nginx');
  assert.is(truncateText('nginx', 0), '');
  assert.equal(wrapText('remove it with: docker rm kiln', 16), ['remove it with:', 'docker rm kiln']);
  assert.equal(wrapText('a/path/longer/than/this', 10), ['a/path/lon', 'ger/than/t', 'his']);
});

test('a table has its columns aligned and nothing after the last one', () => {
  const rows = [
    ['web@7', '812 MB', 'oci'],
    ['toolbox@12', '94 MB', ''],
  ];
  assert.equal(formatTable(['IMAGE', 'SIZE', 'FORMS'], rows, ['left', 'right']), [
    'IMAGE         SIZE  FORMS',
    'web@7       812 MB  oci',
    'toolbox@12   94 MB',
  ]);
});

test.run();
