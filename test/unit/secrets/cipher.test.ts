import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { decryptValue, encryptValue, isEncrypted, pathBinding } from '../../../src/secrets/cipher.ts';
import { newDataKey } from '../../../src/secrets/data-key.ts';
import { macOf } from '../../../src/secrets/mac.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cipher of secrets');

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
const path = fc.array(fc.string({ maxLength: 10 }), { maxLength: 4 });

test('what is encrypted is decrypted with the same key at the same place, and nowhere else', () => {
  fc.assert(
    fc.property(text, path, path, (value, here, there) => {
      const [key, other] = [newDataKey(), newDataKey()];
      const encrypted = encryptValue({ type: 'str', text: value }, key, pathBinding(here));
      assert.ok(isEncrypted(encrypted));
      assert.equal(decryptValue(encrypted, key, pathBinding(here)), { type: 'str', text: value });
      assert.is(decryptValue(encrypted, other, pathBinding(here)), undefined);
      if (pathBinding(here) !== pathBinding(there))
        assert.is(decryptValue(encrypted, key, pathBinding(there)), undefined);
    }),
  );
});

test('no character of an encrypted value can be another, but its type’s', () => {
  fc.assert(
    fc.property(text, fc.nat(), fc.constantFrom(...'AB=/+, ]'), (value, position, character) => {
      const key = newDataKey();
      const encrypted = encryptValue({ type: 'str', text: value }, key, 'a:');
      const at = position % encrypted.length;
      const changed = encrypted.slice(0, at) + character + encrypted.slice(at + 1);
      if (changed !== encrypted) assert.is(decryptValue(changed, key, 'a:'), undefined);
    }),
    { numRuns: 500 },
  );
});

test('the same value is never encrypted the same way twice', () => {
  const key = newDataKey();
  const all = new Set(Array.from({ length: 50 }, () => encryptValue({ type: 'str', text: 'x' }, key, 'a:')));
  assert.is(all.size, 50);
});

test('base64 with bits that mean nothing is no other way to write a value', () => {
  const key = newDataKey();
  const encrypted = encryptValue({ type: 'str', text: 'x' }, key, 'a:');
  const [, data = ''] = /data:(..)==/.exec(encrypted) ?? [];
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const twin = data.slice(0, 1) + ALPHABET[ALPHABET.indexOf(data.slice(1)) ^ 1];
  assert.equal(Buffer.from(twin, 'base64'), Buffer.from(data, 'base64'));
  assert.is(decryptValue(encrypted.replace(data, twin), key, 'a:'), undefined);
  assert.is(decryptValue(`${encrypted}x`, key, 'a:'), undefined);
});

test('a short tag is no tag', () => {
  const key = newDataKey();
  const encrypted = encryptValue({ type: 'str', text: 'x' }, key, 'a:');
  const tag = /tag:(.*?),/.exec(encrypted)?.[1] ?? '';
  const short = Buffer.from(tag, 'base64').subarray(0, 12).toString('base64');
  assert.is(decryptValue(encrypted.replace(tag, short), key, 'a:'), undefined);
});

test('the MAC is of all values in their order, and of no comment', () => {
  const [a, b] = [
    { type: 'str', text: 'a' },
    { type: 'bool', text: 'True' },
  ] as const;
  assert.is(macOf([a, undefined, b]), macOf([a, { type: 'comment', text: 'c' }, b]));
  assert.is.not(macOf([a, b]), macOf([b, a]));
  assert.match(macOf([]), /^CF83E1357EEFB8BDF1542850D66D8007D620E4050B5715DC83F4A921D36CE9CE/);
});

test.run();
