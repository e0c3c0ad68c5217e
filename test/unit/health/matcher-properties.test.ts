import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { linePattern, linesOf } from '../../../src/core/line-patterns.ts';
import { semverConstraint } from '../../../src/core/semver.ts';
import { compileMatcher, type MatchResult } from '../../../src/health/matcher.ts';
import { asNumber, asText, type Value } from '../../../src/health/value.ts';
import { suite } from '../../support/suite.ts';

const test = suite('properties of the matchers');

function match(expected: unknown, actual: Value): MatchResult {
  return compileMatcher(expected, 'x', 'value').test(actual);
}

const holds = (expected: unknown, actual: Value) => match(expected, actual).passed;

/** Whether a matcher could hold this value at all; else it says why not. */
const compares = (expected: unknown, actual: Value) =>
  holds(expected, actual) !== holds({ not: expected }, actual);

const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);
const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => value !== null) as fc.Arbitrary<Value>;
const value: fc.Arbitrary<Value> = fc.oneof(scalar, fc.array(fc.string()), json);
const texts = fc.array(fc.string(), { maxLength: 6 });

/** Any expectation that can be read, a few levels deep. */
const { expectation } = fc.letrec<{ expectation: unknown; flat: unknown }>((tie) => ({
  flat: fc.oneof(
    scalar,
    texts,
    fc.record({ equal: json }),
    fc.record({ 'have-prefix': fc.string() }),
    fc.record({ 'contain-substring': fc.string() }),
    fc.record({ 'have-len': fc.nat(5) }),
    fc.record({ gt: fc.integer() }),
    fc.record({ le: fc.integer() }),
    fc.record({ 'contain-element': fc.string() }),
    fc.record({ 'consist-of': texts }),
    fc.record({ 'have-patterns': texts }),
    fc.record({ 'have-key': fc.string() }),
    fc.record({ gjson: fc.constant({ a: 1 }) }),
    fc.record({ 'semver-constraint': fc.constant('>1.0.0') }),
  ),
  expectation: fc.oneof(
    { depthSize: 'small' },
    tie('flat'),
    fc.record({ not: tie('expectation') }),
    fc.record({ and: fc.array(tie('expectation'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('expectation'), { maxLength: 3 }) }),
  ),
}));

const readable = expectation.filter((one) => {
  try {
    compileMatcher(one, 'x', 'value');
    return true;
  } catch {
    return false;
  }
});

test('a matcher never throws, and is the same at each look', () => {
  fc.assert(
    fc.property(readable, value, (one, actual) => assert.equal(match(one, actual), match(one, actual))),
  );
});

test('a matcher and its contrary never hold both', () => {
  fc.assert(
    fc.property(readable, value, (one, actual) => !(holds(one, actual) && holds({ not: one }, actual))),
  );
});

test('twice not is the same', () => {
  fc.assert(
    fc.property(
      readable,
      value,
      (one, actual) => holds({ not: { not: one } }, actual) === holds(one, actual),
    ),
  );
});

test('and holds when each does; or when one does, unless one before it cannot be compared', () => {
  fc.assert(
    fc.property(fc.array(readable, { maxLength: 4 }), value, (all, actual) => {
      assert.is(
        holds({ and: all }, actual),
        all.every((one) => holds(one, actual)),
      );
      const first = all.findIndex((one) => holds(one, actual));
      const wrong = all.findIndex((one) => !compares(one, actual));
      const either = first !== -1 && (wrong === -1 || first < wrong);
      assert.is(holds({ or: all }, actual), either);
    }),
  );
});

test('every value is equal to itself, and to no other', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      assert.ok(holds({ equal: a }, a));
      if (JSON.stringify(a) !== JSON.stringify(b) && asText(a) !== asText(b))
        assert.not.ok(holds({ equal: a }, b));
    }),
  );
});

test('a text begins, ends and goes on as texts do, and is as long as its bytes', () => {
  const few = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '\n'), maxLength: 4 });
  fc.assert(
    fc.property(few, few, (text, part) => {
      assert.is(holds({ 'have-prefix': part }, text), text.startsWith(part));
      assert.is(holds({ 'have-suffix': part }, text), text.endsWith(part));
      assert.is(holds({ 'contain-substring': part }, text), text.includes(part));
      assert.is(
        holds({ 'have-len': Buffer.byteLength(part) }, text),
        Buffer.byteLength(part) === Buffer.byteLength(text),
      );
      assert.is(holds(part, text), part === text);
      assert.is(holds({ 'contain-element': part }, text), text.split('\n').includes(part));
    }),
  );
});

test('any text in \\Q…\\E matches itself alone', () => {
  const plain = fc.string({ unit: 'grapheme-ascii' }).filter((text) => !text.includes('\\E'));
  fc.assert(
    fc.property(plain, fc.string(), (text, other) => {
      const whole = { 'match-regexp': `(?s)\\A\\Q${text}\\E\\z` };
      assert.is(holds(whole, other), other === text);
      assert.ok(holds(whole, text));
    }),
  );
});

test('numbers are in one order, written as a number or as text', () => {
  const few = fc.integer({ min: -9, max: 9 });
  fc.assert(
    fc.property(few, few, fc.boolean(), (a, b, written) => {
      const actual = written ? ` ${a}\n` : a;
      assert.is(holds({ gt: b }, actual), a > b);
      assert.is(holds({ ge: b }, actual), a >= b);
      assert.is(holds({ lt: b }, actual), a < b);
      assert.is(holds({ le: b }, actual), a <= b);
      assert.is(holds(b, actual), a === b);
      assert.is(holds({ and: [{ ge: b }, { le: b }] }, actual), a === b);
    }),
  );
});

test('what is read as a number is what is written', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (a) => asNumber(String(a)) === a || a === 0,
    ),
  );
});

test('any choice from a list is contained, in any order; all of it is what it consists of', () => {
  const chosen = fc.array(fc.tuple(fc.string(), fc.boolean()), { maxLength: 8 });
  fc.assert(
    fc.property(chosen, fc.string(), (pairs, more) => {
      const list = pairs.map(([text]) => text);
      const some = pairs.filter(([, taken]) => taken).map(([text]) => text);
      assert.ok(holds([...some].reverse(), list));
      assert.ok(holds({ 'contain-elements': [...some].reverse() }, list));
      assert.ok(holds({ 'consist-of': [...list].reverse() }, list));
      assert.ok(holds({ 'have-len': list.length }, list));
      assert.not.ok(holds([...list, more], list), 'one more than there are');
      assert.not.ok(holds({ 'consist-of': list }, [...list, more]));
      assert.is(holds({ 'contain-element': more }, list), list.includes(more));
    }),
  );
});

test('an element that cannot be compared is passed over only where another one passes', () => {
  const element = fc.constantFrom('1', '2', 'x');
  fc.assert(
    fc.property(fc.array(element, { maxLength: 3 }), (list) => {
      const found = list.includes('2');
      assert.is(holds({ 'contain-element': { gt: 1 } }, list), found);
      assert.is(holds({ not: { 'contain-element': { gt: 1 } } }, list), !found && !list.includes('x'));
    }),
  );
});

test('elements are paired so that as many matchers as can be have one of their own', () => {
  // A greedy choice would give the only `ab` to the matcher that others would do for.
  const word = fc.constantFrom('a', 'b', 'ab', 'ba');
  const wanted = fc.constantFrom({ 'have-prefix': 'a' }, { 'have-suffix': 'b' }, { 'have-len': 2 }, 'ab');
  fc.assert(
    fc.property(fc.array(wanted, { maxLength: 4 }), fc.array(word, { maxLength: 5 }), (matchers, list) => {
      assert.is(holds({ 'contain-elements': matchers }, list), canPair(matchers, list));
    }),
  );
});

/** By trying every way. */
function canPair(matchers: readonly unknown[], list: readonly string[]): boolean {
  const [first, ...rest] = matchers;
  if (first === undefined) return true;
  return list.some(
    (element, at) => holds(first, element) && canPair(rest, [...list.slice(0, at), ...list.slice(at + 1)]),
  );
}

test('a pattern and its contrary are never both so, but for the empty one', () => {
  const text = fc.array(fc.string(), { maxLength: 5 }).map((lines) => lines.join('\n'));
  const bare = fc.string({ minLength: 1 }).filter((pattern) => !/^[!/\\]/.test(pattern));
  fc.assert(
    fc.property(bare, text, (pattern, all) => {
      const lines = linesOf(all);
      assert.is(
        linePattern(pattern).holds(lines),
        lines.some((line) => line.includes(pattern)),
      );
      assert.is(linePattern(`!${pattern}`).holds(lines), !linePattern(pattern).holds(lines));
      assert.ok(linePattern(`\\!${pattern}`).holds([`x!${pattern}y`]));
      assert.ok(linePattern(`\\/${pattern}`).holds([`x/${pattern}y`]));
    }),
  );
});

test('versions are in one order, and prereleases before their release', () => {
  const number = fc.oneof(fc.nat(2), fc.constantFrom(9, 10));
  const version = fc.tuple(number, number, number);
  fc.assert(
    fc.property(version, fc.option(version), (a, other) => {
      const b = other ?? a;
      const order = a.map((part, at) => part - (b[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
      const [left, right] = [a.join('.'), b.join('.')];
      assert.is(semverConstraint(`>${right}`)(left), order > 0);
      assert.is(semverConstraint(`<=${right}`)(left), order <= 0);
      assert.is(semverConstraint(`!${right}`)(left), order !== 0);
      assert.is(semverConstraint(`<${right} || >=${right}`)(left), true);
      assert.is(semverConstraint(`<${left}`)(`${left}-rc.1`), true);
    }),
  );
});

test('what stands in JSON is found by its path', () => {
  const key = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
  fc.assert(
    fc.property(key, key, json, (outer, inner, found) => {
      const escaped = (name: string) => name.replace(/[^A-Za-z0-9]/g, '\\$&');
      const path = `${escaped(outer)}.${escaped(inner)}`;
      const text = JSON.stringify({ [outer]: { [inner]: found } });
      assert.ok(
        holds({ gjson: { [path]: { equal: JSON.parse(JSON.stringify(found)) } } }, text),
        `${path} in ${text}`,
      );
      assert.not.ok(holds({ gjson: { [`${path}.none`]: { not: 1 } } }, text));
    }),
  );
});

test.run();
