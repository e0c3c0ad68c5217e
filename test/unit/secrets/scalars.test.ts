import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseDocument, type Scalar } from 'yaml';
import { applyEdits, editableText, scalarText } from '../../../src/config/sops-plain.ts';
import { floatText, plainScalar, typedScalar } from '../../../src/config/sops-scalar.ts';
import { timestampOf } from '../../../src/config/sops-timestamp.ts';
import { suite } from '../../support/suite.ts';

const test = suite('values of SOPS files');

test('a plain scalar is what go-yaml takes it for', () => {
  const cases: Record<string, string> = {
    '': 'null',
    '~': 'null',
    Null: 'null',
    nUll: 'str nUll',
    true: 'bool True',
    FALSE: 'bool False',
    yes: 'str yes',
    on: 'str on',
    '0': 'int 0',
    '-0': 'int 0',
    '+12': 'int 12',
    '0x1f': 'int 31',
    '-0b11': 'int -3',
    '0o17': 'int 15',
    '017': 'int 15',
    '019': 'float 19',
    '1_000': 'int 1000',
    _1: 'str _1',
    '9223372036854775807': 'int 9223372036854775807',
    '-9223372036854775808': 'int -9223372036854775808',
    '9223372036854775808': 'too large',
    '18446744073709551616': 'float 18446744073709552000',
    '1.': 'float 1',
    '.5': 'float 0.5',
    '-.5e1': 'float -5',
    '1e999': 'str 1e999',
    '.inf': 'float +Inf',
    '-.INF': 'float -Inf',
    '.NaN': 'float NaN',
    inf: 'str inf',
    '1.2.3': 'str 1.2.3',
    '2001-1-2': 'time 2001-01-02T00:00:00Z',
    '2001-02-29': 'str 2001-02-29',
    '12:30': 'str 12:30',
    '-': 'str -',
  };
  for (const [source, wanted] of Object.entries(cases)) {
    const found = plainScalar(source);
    const shown =
      found === undefined ? 'null' : typeof found === 'string' ? found : `${found.type} ${found.text}`;
    assert.is(shown, wanted, source);
  }
});

test('numbers have the shortest digits and never an exponent', () => {
  const cases = [
    [1.5, '1.5'],
    [1e21, '1000000000000000000000'],
    [1.25e-7, '0.000000125'],
    [-0, '-0'],
    [123456.789e3, '123456789'],
    [5e-324, `0.${'0'.repeat(323)}5`],
  ] as const;
  for (const [value, wanted] of cases) assert.is(floatText(value), wanted);
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (value) =>
      assert.is(Number(floatText(value).replace('Inf', 'Infinity')), value),
    ),
  );
});

test('a time is written as Go does', () => {
  assert.is(timestampOf('2001-12-14t21:59:43.10-05:00'), '2001-12-14T21:59:43.1-05:00');
  assert.is(timestampOf('2001-12-14 21:59:43'), '2001-12-14T21:59:43Z');
  assert.is(timestampOf('2001-12-14T21:59:43+00:00'), '2001-12-14T21:59:43Z');
  assert.is(timestampOf('2001-12-14T21:59:43'), undefined);
  assert.is(timestampOf('2001-13-14'), undefined);
  assert.is(timestampOf('2001-12-14T24:00:00Z'), undefined);
});

test('a decrypted text is of its type, or none', () => {
  assert.equal(typedScalar('int', '+07'), { type: 'int', text: '7' });
  assert.equal(typedScalar('bool', 't'), { type: 'bool', text: 'True' });
  assert.equal(typedScalar('float', '1e3'), { type: 'float', text: '1000' });
  for (const [type, text] of [
    ['int', '1.5'],
    ['int', '99999999999999999999'],
    ['bool', 'yes'],
    ['float', 'x'],
    ['time', 'now'],
    ['odd', 'x'],
  ] as const)
    assert.is(typedScalar(type, text), undefined, `${type} ${text}`);
});

test('any text is written so that it is read back, alone and as an editable value', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'binary-ascii' }),
        fc.constantFrom(
          'no',
          '1',
          '0777',
          'E0',
          'e+12',
          '2001-01-01',
          '#x',
          'a: b',
          'x ',
          '---',
          '...',
          '<<',
          '=',
          '12:30:45',
          '@a',
          '%b',
          '`c`',
          '- d',
          '? e',
          '&f',
          '*g',
          '!h',
          '|',
          '>',
          '{}',
          '[]',
          'a\nb',
          'a\n\nb\n',
          ' a\nb',
          'a \nb',
          'a\n\n',
          '\na',
        ),
      ),
      (text) => {
        const bare = `key: ${scalarText(text)}\nnext: x\n`;
        assert.is(readBack(bare), text);
        assert.not.match(scalarText(text), '\n');
        assert.is(readBack(`key: ${editableText({ type: 'str', text }, 4)}\nnext: x\n`), text);
      },
    ),
    { numRuns: 1000 },
  );
});

test('numbers, booleans and times stay what they are when they are edited', () => {
  for (const scalar of [
    { type: 'float', text: '2' },
    { type: 'float', text: '-Inf' },
    { type: 'float', text: 'NaN' },
    { type: 'int', text: '-3' },
    { type: 'bool', text: 'False' },
    { type: 'time', text: '2001-01-02T00:00:00Z' },
    { type: 'float', text: '100000000000000000000000' },
  ] as const)
    assert.equal(plainScalar(editableText(scalar)), scalar);
});

test('changes of a text are made at their places, and none over another', () => {
  assert.is(
    applyEdits('abcdef', [
      { start: 4, end: 5, text: 'E' },
      { start: 1, end: 3, text: '' },
    ]),
    'adEf',
  );
  assert.throws(
    () =>
      applyEdits('abcdef', [
        { start: 0, end: 3, text: '' },
        { start: 2, end: 4, text: '' },
      ]),
    /overlap/,
  );
});

test.run();

/** The value of `key`, as YAML 1.2 reads it; it must be text to YAML 1.1 and to go-yaml too. */
function readBack(yaml: string): unknown {
  for (const version of ['1.1', '1.2'] as const) {
    const document = parseDocument(yaml, { version });
    assert.equal(
      document.errors.map(({ code }) => code),
      [],
      yaml,
    );
    assert.type(document.get('key'), 'string', `${version}: ${yaml}`);
    assert.is(document.get('next'), 'x', yaml);
  }
  const document = parseDocument(yaml, { schema: 'failsafe' });
  const node = document.get('key', true) as Scalar;
  if (node.type === 'PLAIN') assert.equal(plainScalar(node.source ?? ''), { type: 'str', text: node.value });
  return node.value;
}
