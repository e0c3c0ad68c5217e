import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { fileText, indent, yamlQuote } from '../../../../src/app/schedule/yaml-quote.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('YAML of schedules');

test('whatever a text is made of, YAML reads that text, as the old version of it does', async () => {
  const text = fc.string({ unit: 'binary' });
  await fc.assert(
    fc.property(fc.oneof(text, fc.constantFrom('true', '1', 'null', '~', '- a', 'a: b', '{}')), (given) => {
      assert.is(parse(`a: ${yamlQuote(given)}\n`).a, given);
      assert.is(parse(`a: ${yamlQuote(given)}\n`, { version: '1.1' }).a, given);
    }),
    { numRuns: 200 },
  );
});

test('no character that YAML forbids is in a file as it is', () => {
  assert.is(yamlQuote('\u007f\u0085\u009f\u2028\ufeff\t'), '"\\u007f\\u0085\\u009f\\u2028\\ufeff\\t"');
});

test('lines are set in, empty ones stay empty', () => {
  assert.is(fileText(indent(2, ['a:', '', '  b'])), '  a:\n\n    b\n');
});

test.run();
