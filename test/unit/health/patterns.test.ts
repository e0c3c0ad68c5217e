import * as assert from 'uvu/assert';
import { goRegExp, rubyRegExp } from '../../../src/core/go-regexp.ts';
import { linePattern, linesOf } from '../../../src/core/line-patterns.ts';
import { semverConstraint } from '../../../src/core/semver.ts';
import { suite } from '../../support/suite.ts';

const test = suite('patterns on lines, regular expressions and versions');

const PATTERNS: readonly (readonly [string, string, string])[] = [
  ['foo', 'a foo b', 'fo o'],
  ['!foo', 'fo\no', 'x\nfoo'],
  ['\\!foo', 'a !foo', 'foo'],
  ['\\/a/', 'x /a/ y', 'a'],
  ['/[Gg]oss/', 'x Goss', 'moss'],
  ['!/[Gg]oss/', 'moss', 'x\ngoss'],
  ['/^b$/', 'a\nb\nc', 'abc'],
  ['/(?i)GOSS/', 'goss', 'moss'],
  ['/usr/sbin/mi', 'in /usr/sbin/mi', 'usr/sbin'],
  ['/etc/passwd', 'see /etc/passwd', 'etc/passwd'],
  ['a\\d', 'a\\d', 'a1'],
];

for (const [pattern, good, bad] of PATTERNS) {
  test(`${pattern} holds for ${JSON.stringify(good)}, not for ${JSON.stringify(bad)}`, () => {
    assert.is(linePattern(pattern).holds(linesOf(good)), true);
    assert.is(linePattern(pattern).holds(linesOf(bad)), false);
  });
}

test('an empty pattern holds where there is no line, a text does not', () => {
  assert.is(linePattern('').holds([]), true);
  assert.is(linePattern('x').holds([]), false);
});

test('lines have no carriage return and no empty last one', () => {
  assert.equal(linesOf('a\r\nb\n'), ['a', 'b']);
  assert.equal(linesOf(''), []);
});

const EXPRESSIONS: readonly (readonly [string, string, string])[] = [
  ['(?i)abc', 'ABC', 'abd'],
  ['\\Aab\\z', 'ab', 'ab\nab'],
  ['(?m)^b$', 'a\nb', 'ab'],
  ['(?s)a.b', 'a\nb', 'ab'],
  ['^(?P<year>\\d{4})$', '2026', '26'],
  ['^[[:alpha:]_]+$', 'ab_c', 'ab1'],
  ['\\Qa.b\\E+', 'a.bb', 'axb'],
  ['^\\x{41}\\\\A$', 'A\\A', 'AA'],
  ['^[]a]+$', ']a', 'b'],
  ['^\\[[^]]+\\]$', '[ab]', '[a]b]'],
  ['^[a\\]\\x{62}[:digit:]]+$', 'a]b', 'c'],
  ['^[[:digit:]\\].]$', '.', 'x'],
  ['^[:al:]+$', 'la:', 'b'],
  ['^a.b$', 'a\rb', 'a\nb'],
  ['(?m)^a$', 'b\na', 'a\r\n'],
  ['(?m)^a', 'b\na', 'b\ra'],
  ['^\\s$', '\f', '\u00a0'],
  ['^\\S[\\S]$', '\u00a0\v', '\u00a0 '],
];

for (const [source, good, bad] of EXPRESSIONS) {
  test(`Go's ${source} matches ${JSON.stringify(good)}, not ${JSON.stringify(bad)}`, () => {
    assert.is(goRegExp(source).test(good), true);
    assert.is(goRegExp(source).test(bad), false);
  });
}

for (const source of [
  '(?U)a*',
  '\\C',
  '\\pL',
  '[[:^alpha:]]',
  '[[:word2:]]',
  '\\x{1F600}',
  '(?=a)',
  '(?<!a)b',
  '(a)\\1',
  '(?P<x>a)\\k<x>',
  'a\\Z',
  '\\u0041',
  '[\\A]',
]) {
  test(`Go's ${source} is refused rather than misread`, () => {
    assert.throws(() => goRegExp(source), /supported/);
  });
}

for (const source of ['[', '[]', '[^]', 'a[^\\S', `[${'\\\\'.repeat(40)}`]) {
  test(`Go's ${source} has a bracket that is not closed`, () => {
    assert.throws(() => goRegExp(source), /not closed/);
  });
}

test("what looks like it in quotes is no syntax, and Ruby's patterns may look ahead", () => {
  assert.ok(goRegExp('\\Q(?=\\E').test('(?='));
  assert.ok(goRegExp('\\\\1').test('\\1'));
  assert.ok(rubyRegExp('^a(?!b)').test('ac'));
});

const VERSIONS: readonly (readonly [string, string, string])[] = [
  ['1.2.3', '1.2.3+build', '1.2.4'],
  ['>=1.2.3', '1.10.0', '1.2.2'],
  ['>1.0.0-rc.1', '1.0.0', '1.0.0-rc.1'],
  ['<1.0.0-rc.10', '1.0.0-rc.9', '1.0.0'],
  ['<=1.0.0-beta', '1.0.0-11', '1.0.0-rc'],
  ['!= 2.0.0', '2.0.1', '2.0.0'],
  ['>1.0.0 !2.0.0', '2.0.1', '2.0.0'],
  ['>1.0.0 <2.0.0 || >=3.0.0', '3.1.0', '2.5.0'],
];

for (const [constraint, good, bad] of VERSIONS) {
  test(`the constraint ${constraint} holds for ${good}, not for ${bad}`, () => {
    assert.is(semverConstraint(constraint)(good), true);
    assert.is(semverConstraint(constraint)(bad), false);
  });
}

for (const constraint of ['', '1.x', '~1.2.3', '^1.2.3', '>= ', '1.2', '>1.0.0 ||']) {
  test(`the constraint "${constraint}" is refused`, () => assert.throws(() => semverConstraint(constraint)));
}

test('a version of another form is an error', () => {
  assert.throws(() => semverConstraint('>1.0.0')('1:2.3-4'), /no version of the form/);
  assert.throws(() => semverConstraint('>1.0.0')('1.02.3'), /no version of the form/);
});

test.run();
