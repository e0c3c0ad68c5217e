import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { formatDuration, parseDuration, parseSize } from '../../../src/config/units.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { LEAST, templateProblems } from './sample-workspace.ts';

const test = suite('units');
const MIB = 1024 ** 2;

test('durations are milliseconds', () => {
  assert.is(parseDuration('500ms'), 500);
  assert.is(parseDuration('3s'), 3000);
  assert.is(parseDuration('1.5s'), 1500);
  assert.is(parseDuration('2m'), 120_000);
  assert.is(parseDuration('1h'), 3_600_000);
  assert.is(parseDuration('0s'), 0);
});

test('sizes are bytes, in powers of 1024', () => {
  assert.is(parseSize('512M'), 512 * MIB);
  assert.is(parseSize('4G'), 4096 * MIB);
  assert.is(parseSize('1GiB'), 1024 * MIB);
  assert.is(parseSize('1.5G'), 1536 * MIB);
  assert.is(parseSize('8K'), 8192);
});

test('a duration that is formatted is read as the same milliseconds', () => {
  fc.assert(fc.property(fc.nat(2 ** 31 - 1), (ms) => parseDuration(formatDuration(ms)) === ms));
});

test('a size in a unit is that many times 1024 to the power of the unit', () => {
  const unit = fc.constantFrom('K', 'M', 'G');
  fc.assert(
    fc.property(fc.nat(100_000), unit, fc.constantFrom('', 'iB'), (amount, letter, rest) => {
      const power = ' KMG'.indexOf(letter);
      return parseSize(`${amount}${letter}${rest}`) === amount * 1024 ** power;
    }),
  );
});

for (const text of ['60', '', 's', '-3s', '3 s', '3S', '3s ', '1e3s', '3d', '1h30m', '.5s', '1.s']) {
  test(`'${text}' is no duration`, async () => {
    const fault = await rejects(() => parseDuration(text), { code: 'USAGE' });
    assert.is(fault.message, `\`${text}\` needs a unit: ms, s, m or h, as in 500ms, 3s, 1.5m, 1h`);
  });
}

for (const text of ['4096', '', 'G', '4GB', '4g', '4 G', '-1G', '1e3M']) {
  test(`'${text}' is no size`, async () => {
    const fault = await rejects(() => parseSize(text), { code: 'USAGE' });
    assert.is(
      fault.message,
      `\`${text}\` needs a unit: K, M, G or T (powers of 1024), as in 512M, 4G, 1.5GiB`,
    );
  });
}

test('what no timer can wait and no number can count is refused', async () => {
  await rejects(() => parseDuration('600h'), /longer than a timer can wait, which is 596h/);
  await rejects(() => parseSize('9999999T'), /more bytes than can be counted exactly/);
});

test('in a file a bare number is told which units there are', async () => {
  assert.equal(await templateProblems(`${LEAST}probe: { timeout: 60 }\ndisk: { size: 4096 }\n`), [
    '3:19 `probe.timeout` needs a unit: ms, s, m or h, as in 500ms, 3s, 1.5m, 1h',
    '4:15 `disk.size` needs a unit: K, M, G or T (powers of 1024), as in 512M, 4G, 1.5GiB',
  ]);
});

test('in a file nothing is no size, and no time to wait', async () => {
  assert.equal(await templateProblems(`${LEAST}probe: { interval: 0s }\ndisk: { size: 0M }\n`), [
    '3:20 `probe.interval` must be longer than nothing',
    '4:15 `disk.size` must be larger than nothing',
  ]);
});

test('in a file a duration that no timer can wait is refused', async () => {
  assert.equal(await templateProblems(`${LEAST}probe: { timeout: 600h }\n`), [
    '3:19 `probe.timeout` is longer than a timer can wait, which is 596h',
  ]);
});

test.run();
