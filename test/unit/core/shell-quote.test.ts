import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { shellJoin, shellQuote } from '../../../src/core/shell-quote.ts';
import { suite } from '../../support/suite.ts';

const test = suite('shell quote');
const SPECIAL = [
  '',
  "'",
  '"',
  '$(id)',
  '`id`',
  '\n',
  '\\',
  '*',
  '~',
  '-n',
  '!',
  ';',
  '%s',
  '#',
  "a'b''c",
  '\\\n',
];
const word = fc
  .oneof(
    fc.constantFrom(...SPECIAL),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ maxLength: 20 }),
  )
  // An argument cannot hold a NUL, and lone surrogates have no UTF-8.
  .filter((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text));

function shell(script: string): string {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return stdout;
}

test('a shell reads every quoted word back as it was', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
      const script = words.map((one) => `printf '%s\\0' ${shellQuote(one)}`).join('\n');
      assert.is(shell(script), words.map((one) => `${one}\0`).join(''));
    }),
    { numRuns: 60 },
  );
});

test('a joined line has exactly the words that were given', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      const line = shellJoin(['printf', '%s\\0', 'start', ...words]);
      assert.is(shell(line), ['start', ...words].map((one) => `${one}\0`).join(''));
    }),
    { numRuns: 60 },
  );
});

test('what needs no quotes has none', () => {
  for (const plain of ['docker', '-H', 'unix:///run/docker.sock', 'kiln/web:7', '--a=b', 'x@y_z+1.2%'])
    assert.is(shellQuote(plain), plain);
  assert.is(shellQuote(''), "''");
});

test.run();
