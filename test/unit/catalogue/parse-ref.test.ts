import * as assert from 'uvu/assert';
import { parseRef, unknownTemplate, unknownVersion } from '../../../src/catalogue/parse-ref.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('image reference');

test('a name alone means the latest', () => {
  assert.equal(parseRef('web'), { template: 'web', version: 'latest' });
  assert.equal(parseRef('web@latest'), { template: 'web', version: 'latest' });
});

test('a number names one version', () => {
  assert.equal(parseRef('web-2.api_x@17'), { template: 'web-2.api_x', version: 17 });
});

for (const text of [
  '',
  '@7',
  'web@',
  'web@0',
  'web@07',
  'web@-1',
  'web@1.5',
  'web@7@8',
  'web@new',
  'Web',
  'web@9999999999999999',
  '../web',
  'a/b',
  'web 7',
  "web'",
  'web;reboot',
  '$(id)',
  'web\n',
]) {
  test(`${JSON.stringify(text)} is no reference`, async () => {
    const fault = await rejects(async () => parseRef(text), { code: 'USAGE' });
    assert.ok(fault.message.includes(JSON.stringify(text)));
    assert.is(fault.exitCode, 2);
  });
}

test('versions are told as ranges, of many only the last', () => {
  assert.is(unknownVersion('web', 9, [3]).hint, 'web has version 3.');
  assert.is(unknownVersion('web', 9, [1, 2, 3, 5, 7, 8]).hint, 'web has versions 1–3, 5, 7–8.');
  assert.is(unknownVersion('web', 2, [1, 3, 5, 7, 9, 11, 13]).hint, 'web has versions …, 5, 7, 9, 11, 13.');
});

test('of many templates ten are named', () => {
  const names = Array.from({ length: 12 }, (_, index) => `t${index}`);
  assert.match(unknownTemplate('web', names).hint ?? '', 't9 and 2 more');
});

test.run();
