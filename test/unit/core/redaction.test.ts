import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Fault } from '../../../src/core/fault.ts';
import { concealedUntilDisposed, concealText, redact, redactAll } from '../../../src/core/redaction.ts';
import { shellQuote } from '../../../src/core/shell-quote.ts';
import { suite } from '../../support/suite.ts';

const test = suite('redaction');

/** Secrets that `[secret]`, which stands for them, does not itself have a part of. */
const secret = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 6, maxLength: 40 }),
    fc.string({ unit: 'binary', minLength: 6, maxLength: 20 }),
  )
  .filter((text) => text.trim().length >= 6 && !/[[\]]|secret/.test(text) && !/^(.)\1*$/su.test(text));
const context = fc.string({ maxLength: 12 }).filter((text) => !/[[\]]/.test(text));

const FORMS: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  json: (text) => JSON.stringify(text).slice(1, -1),
  'json of Go': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[<>&\u2028\u2029]/g, unicode),
  'json of Python': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[^\0-\x7e]/g, unicode),
  url: (text) => encodeURIComponent(text),
  'url of a form': (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  'url in lower case': (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  'url of RFC 3986': (text) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  shell: (text) => shellQuote(text),
  base64: (text) => Buffer.from(text).toString('base64').replace(/=+$/, ''),
  base64url: (text) => Buffer.from(text).toString('base64url'),
};

for (const [name, form] of Object.entries(FORMS)) {
  test(`no secret survives in the form ${name}`, () => {
    using _ = concealedUntilDisposed();
    fc.assert(
      fc.property(secret, context, context, (text, before, after) => {
        concealText(text);
        const written = form(text);
        const shown = redact(before + written + after);
        assert.not(shown.includes(text) || shown.includes(written), JSON.stringify({ text, shown }));
        assert.match(shown, '[secret]');
      }),
    );
  });
}

test('no secret survives in the base64 of a text that it is in, wherever', () => {
  using _ = concealedUntilDisposed();
  fc.assert(
    fc.property(secret, context, context, (text, before, after) => {
      concealText(text);
      const shown = redact(Buffer.from(before + text + after).toString('base64'));
      const left = shown.split('[secret]').map((part) => Buffer.from(part, 'base64').toString());
      assert.not(left.some((part) => part.includes(text)));
      assert.match(shown, '[secret]');
    }),
  );
});

test('a long secret does not survive in the lines of base64', () => {
  using _ = concealedUntilDisposed();
  const text = Array.from({ length: 40 }, (_, at) => `part ${at} of it`).join(' ');
  concealText(text);
  for (const width of ['64', '76']) {
    const shown = redact(execFileSync('base64', ['-w', width], { input: text, encoding: 'utf8' }));
    assert.is(shown.replaceAll('[secret]', '').trim().replace(/=+$/, ''), '');
  }
});

test('every line of a secret is one, whatever stands before it', () => {
  using _ = concealedUntilDisposed();
  concealText('-----BEGIN KEY-----\nMIIEvAIBADAN\n  c2Vjb25kIGxpbmU\r\n-----END KEY-----\n');
  const shown = redact('1 | MIIEvAIBADAN\n2 |\tc2Vjb25kIGxpbmU');
  assert.is(shown, '1 | [secret]\n2 |\t[secret]');
});

test('of secrets that overlap no end is left', () => {
  using _ = concealedUntilDisposed();
  concealText('overlap-one-two');
  concealText('two-and-three');
  concealText('one-t');
  assert.is(redact('x overlap-one-two-and-three y'), 'x [secret] y');
  concealText('anana');
  assert.is(redact('bananana!'), 'b[secret]!');
});

test('what is shorter than four characters is left, and so is a text without secrets', () => {
  using _ = concealedUntilDisposed();
  concealText('abc');
  concealText('');
  concealText(' \n ');
  assert.is(redact('abc'), 'abc');
  assert.is(redact(''), '');
});

test('half a character is no reason to fail', () => {
  using _ = concealedUntilDisposed();
  concealText('half \ud83d of it');
  assert.is(redact('half \ud83d of it'), '[secret]');
});

test('what is concealed for a while is said again', () => {
  {
    using _ = concealedUntilDisposed();
    concealText('for-a-while');
    assert.is(redact('for-a-while'), '[secret]');
  }
  assert.is(redact('for-a-while'), 'for-a-while');
});

test('lists, maps and errors lose their secrets, and keep what they are', () => {
  using _ = concealedUntilDisposed();
  concealText('hunter22');
  const cause = new Error('because of hunter22');
  const fault = redactAll(
    new Fault('USAGE', 'no hunter22', { hint: 'try hunter22', details: ['at hunter22'], cause }),
  );
  assert.ok(fault instanceof Fault);
  assert.equal(
    [fault.code, fault.message, fault.hint, fault.details],
    ['USAGE', 'no [secret]', 'try [secret]', ['at [secret]']],
  );
  assert.is((fault.cause as Error).message, 'because of [secret]');
  assert.not.match((fault.cause as Error).stack ?? '', 'hunter22');
  assert.equal(redactAll({ a: ['hunter22', 1, null], b: { c: 'x hunter22' } }), {
    a: ['[secret]', 1, null],
    b: { c: 'x [secret]' },
  });
  const date = new Date(0);
  assert.is(redactAll(date), date);
});

test('an error that is its own cause is no endless work', () => {
  using _ = concealedUntilDisposed();
  concealText('hunter22');
  const error = new Error('hunter22');
  error.cause = error;
  assert.is(redactAll(error).message, '[secret]');
});

test.run();

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
