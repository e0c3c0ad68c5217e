import * as assert from 'uvu/assert';
import { compileMatcher, type Form } from '../../../src/health/matcher.ts';
import type { Value } from '../../../src/health/value.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('matchers');

/** An expectation, a value that is so, a value that is not. */
const TABLE: readonly (readonly [unknown, Value, Value])[] = [
  ['foo', 'foo', 'foo\n'],
  ['55', 55, 56],
  [42, '42', 'forty'],
  [0, 0, 1],
  [42, ' 42\n', ''],
  [true, true, false],
  [false, false, 'false'],
  [
    ['a', 'b'],
    ['b', 'c', 'a'],
    ['a', 'c'],
  ],
  [
    ['b', 'b'],
    ['b', 'b'],
    ['b', 'c'],
  ],
  [
    [{ 'have-prefix': 'a' }, 'ab'],
    ['ab', 'ac'],
    ['ab', 'bc'],
  ],
  [{ equal: ['a', 'b'] }, ['a', 'b'], ['b', 'a']],
  [{ equal: 'a' }, 'a', 'b'],
  [{ equal: 1 }, 1, '1'],
  [{ 'have-prefix': 'pre' }, 'prefix', 'suffix'],
  [{ 'have-suffix': 'fix' }, 'prefix', 'prefixed'],
  [{ 'contain-substring': 'ref' }, 'prefix', 'suffix'],
  [{ 'match-regexp': '^p.*x$' }, 'prefix', 'suffix'],
  [{ 'match-regexp': '(?i)PRE' }, 'prefix', 'suffix'],
  [{ gt: 4 }, 5, 4],
  [{ ge: 4 }, '4', 3],
  [{ lt: 4 }, 3, 4],
  [{ le: 4 }, 4, 5],
  [{ 'have-len': 2 }, ['a', 'b'], ['a']],
  [{ 'have-len': 3 }, 'abc', 'äbc'],
  [{ 'have-patterns': ['/^a/', '!c'] }, 'ab\nb', 'ab\nc'],
  [{ 'contain-element': { 'have-prefix': 'b' } }, ['a', 'bc'], ['a', 'cb']],
  [{ 'contain-element': 'two' }, 'one\ntwo', 'one two'],
  [{ 'contain-elements': ['a', 'b'] }, ['a', 'b', 'c'], ['a', 'c']],
  [{ 'consist-of': ['a', { 'have-prefix': 'b' }] }, ['bc', 'a'], ['a', 'bc', 'd']],
  [{ 'semver-constraint': '>1.0.0 <2.0.0 !=1.5.0' }, ['1.0.1', '1.9.9'], ['1.0.1', '1.5.0']],
  [{ 'semver-constraint': '>5.0.0 || < 1.5.0' }, '1.0.1', '1.6.0'],
  [{ 'semver-constraint': '>1.0.0' }, '1.0.1', '1.0.1\n1.0.2'],
  [['a'], ['a'], 'a'],
  [{ 'consist-of': ['a'] }, ['a'], 'a'],
  [{ 'have-key': 'foo' }, { foo: 1 }, { bar: 1 }],
  [{ 'have-key': { 'have-prefix': 'f' } }, { foo: 1 }, ['foo']],
  [{ equal: { a: [1, 'b'] } }, { a: [1, 'b'] }, { a: ['b', 1] }],
  [{ 'have-len': 1 }, { foo: 1 }, { foo: 1, bar: 2 }],
  [{ 'contain-element': 2 }, { foo: 2 }, { foo: 1 }],
  ['map[a:[1 b] c:<nil>]', { c: null, a: [1, 'b'] }, { a: 1 }],
  [{ gjson: { 'a.b': 'c', n: { gt: 2 } } }, '{"a":{"b":"c"},"n":3}', '{"a":{"b":"c"},"n":2}'],
  [{ gjson: { '@this': { 'have-key': 'a' } } }, '{"a":1}', '{"b":1}'],
  [{ not: 'a' }, 'b', 'a'],
  [{ not: { gt: 5 } }, 5, 6],
  [{ and: [{ gt: 1 }, { lt: 3 }] }, 2, 3],
  [{ or: ['a', { gt: 3 }] }, 4, 3],
];

for (const [expected, good, bad] of TABLE) {
  test(`${JSON.stringify(expected)} holds for ${JSON.stringify(good)}, not for ${JSON.stringify(bad)}`, () => {
    const matcher = compileMatcher(expected, 'check x: y', 'value');
    assert.equal(matcher.test(good), { passed: true });
    assert.is(matcher.test(bad).passed, false);
  });
}

test('a value that cannot be compared fails under not as well', () => {
  const result = compileMatcher({ not: { gt: 5 } }, 'x', 'value').test('many');
  assert.equal(result, { passed: false, note: '"many" is no number' });
});

for (const [expected, actual] of [
  [{ not: { gjson: { missing: 1 } } }, '{}'],
  [{ not: { gjson: { a: 1 } } }, 'no json'],
  [{ not: { 'have-key': 'a' } }, 'a'],
  [{ not: { 'have-key': { gt: 5 } } }, { a: 6 }],
  [{ not: { 'contain-element': { gt: 1 } } }, ['x', '0']],
  [{ not: ['a'] }, 'b'],
  [{ not: { gt: 9 } }, [5]],
] as const) {
  test(`${JSON.stringify(expected)} fails for ${JSON.stringify(actual)}, which it cannot be held against`, () => {
    assert.is(compileMatcher(expected, 'x', 'value').test(actual).passed, false);
  });
}

test('what the JSON has instead is told', () => {
  const result = compileMatcher({ gjson: { a: 'x' } }, 'x', 'value').test('{"a":"y"}');
  assert.equal(result, { passed: false, note: 'a is "y"' });
});

test('a list on lines is patterns, and what does not hold is named', () => {
  const matcher = compileMatcher(['foo', '!bar', '/^b.z$/'], 'x', 'lines');
  assert.equal(matcher.test('a foo\nbaz\n'), { passed: true });
  assert.equal(matcher.test('foo bar\nbaz'), { passed: false, note: 'does not hold: "!bar"' });
});

test('a text on lines is the whole text, to the last line feed', () => {
  const matcher = compileMatcher('hi\n', 'x', 'lines');
  assert.is(matcher.test('hi\n').passed, true);
  assert.is(matcher.test('hi').passed, false);
});

test('a missing element is named', () => {
  const result = compileMatcher(['a', 'b'], 'x', 'value').test(['b']);
  assert.equal(result, { passed: false, note: 'missing: "a"' });
});

const BAD: readonly (readonly [unknown, Form, RegExp])[] = [
  [
    { 'have-prefx': 'x' },
    'value',
    /^file \/x: mode: unknown matcher "have-prefx"; there are equal, have-prefix/,
  ],
  [{ constructor: 'x' }, 'value', /unknown matcher "constructor"/],
  [{ gt: 1, lt: 3 }, 'value', /exactly one matcher is allowed here, found 2: gt, lt/],
  [{}, 'value', /exactly one matcher/],
  [null, 'value', /missing/],
  [{ gt: 'one' }, 'value', /gt takes a number, not "one"/],
  [{ 'have-prefix': 1 }, 'value', /have-prefix takes a text/],
  [{ and: 'x' }, 'value', /and takes a list/],
  [{ 'match-regexp': '(' }, 'value', /Invalid regular expression/],
  [['/(/'], 'lines', /Invalid regular expression/],
  [[{ 'have-prefix': 'x' }], 'lines', /a pattern in a list is a text/],
  [{ gjson: { '@keys': 'a' } }, 'value', /"@keys" is not supported in a path/],
  [{ gjson: 'a' }, 'value', /gjson takes a map/],
  [{ 'contain-element': ['a'] }, 'value', /contain-element takes a text, a number or a matcher/],
  [{ 'semver-constraint': '1.x' }, 'value', /no version of the form 1.2.3|no constraint/],
];

for (const [expected, form, message] of BAD) {
  test(`${JSON.stringify(expected)} is refused`, async () => {
    const fault = await rejects(() => compileMatcher(expected, 'file /x: mode', form), message);
    assert.is(fault.code, 'CONFIG_INVALID');
  });
}

test.run();
