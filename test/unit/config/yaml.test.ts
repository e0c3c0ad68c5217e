import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { LEAST, problemsIn, templateProblems } from './sample-workspace.ts';

const test = suite('yaml files');

test('a duplicate key is told at its second place', async () => {
  assert.equal(await templateProblems('name: web\nbase: debian-12\nname: web\n'), [
    '3:1 duplicate key `name` (it is first on line 1)',
  ]);
});

test('a duplicate key inside a map in braces is told too', async () => {
  assert.equal(await templateProblems(`${LEAST}probe: { timeout: 60s, timeout: 70s }\n`), [
    '3:24 duplicate key `timeout` (it is first on line 3)',
  ]);
});

test('a file of duplicate keys is not told a thousand times', async () => {
  assert.is((await templateProblems(`${LEAST}${'name: web\n'.repeat(5000)}`)).length, 20);
});

test('a tab that indents is told at the tab', async () => {
  assert.equal(await templateProblems(`${LEAST}probe:\n\ttimeout: 60s\n`), [
    '4:1 a tab indents this line (YAML is indented with spaces only)',
  ]);
});

test('a file without a value is empty', async () => {
  for (const text of ['', '\n\n', '# only a comment\n', '---\n', 'null\n']) {
    assert.equal(await templateProblems(text), ['1:1 the file is empty'], JSON.stringify(text));
  }
});

test('what is no map is told so', async () => {
  assert.equal(await templateProblems('hello\n'), ['1:1 the file must be a map, but is the text `hello`']);
  assert.equal(await templateProblems('- name: web\n'), ['1:1 the file must be a map, but is a list']);
});

test('syntax errors are told where they are, one for each line', async () => {
  assert.equal(await templateProblems('name: "web\nbase: debian-12\n'), [
    '3:1 not valid YAML: missing closing "quote',
  ]);
  assert.equal(await templateProblems('name: web: base: x\n'), [
    '1:7 not valid YAML: nested mappings are not allowed in compact mappings',
  ]);
  assert.equal(await templateProblems(`${LEAST}forms: [oci, disk\nmachine: vm\n`), [
    '4:1 not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
  ]);
});

test('a second document is refused', async () => {
  assert.equal(await templateProblems(`${LEAST}---\nname: other\n`), [
    '3:1 a second document starts here (a file holds one document)',
  ]);
});

test('a tag that means nothing is refused', async () => {
  assert.equal(await templateProblems('name: !secret web\nbase: debian-12\n'), [
    '1:7 not valid YAML: unresolved tag: !secret',
  ]);
});

test('anchors and aliases work, and problems in them are told where they are written', async () => {
  assert.equal(
    await templateProblems(`${LEAST}checks:\n  service: { a: &up { running: true }, b: *up }\n`),
    [],
  );
  assert.equal(
    await templateProblems(`${LEAST}checks:\n  service: { a: &up { runnning: true }, b: *up }\n`),
    ['4:23 unknown key `runnning` (did you mean `running`?)'],
  );
});

test('an alias to nothing, and one to itself, are refused', async () => {
  assert.equal(await templateProblems('name: *who\n'), ['1:7 there is no anchor `&who` before this alias']);
  assert.equal(await templateProblems(`${LEAST}forms: &all [*all]\n`), [
    '3:14 this alias stands for what it is part of',
  ]);
});

test('aliases that multiply are refused, quickly', async () => {
  const letters = [...'abcdefghi'];
  const lines = letters.map((letter, index) => {
    const before = index === 0 ? 'x' : `*${letters[index - 1]}`;
    return `${letter}: &${letter} [${Array(9).fill(before).join(', ')}]\n`;
  });
  assert.equal(await templateProblems(lines.join('')), [
    '2:8 the aliases in this file multiply beyond measure',
  ]);
});

for (const [shape, text, at] of [
  ['brackets', '['.repeat(100_000), '1:201'],
  ['braces', '{a: '.repeat(100_000), '1:801'],
  ['dashes', '- '.repeat(100_000), '1:401'],
  ['keys', 'a: '.repeat(100_000), '1:602'],
  ['indentation', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''), '402:401'],
] as const) {
  test(`${shape} that nest without end are refused before the parser meets them`, async () => {
    assert.equal(await templateProblems(text), [`${at} this nests deeper than any configuration needs`]);
  });
}

test('long lists and long lines are no deep nesting', async () => {
  const words = Array.from({ length: 5000 }, (_, index) => `word: ${index}`).join(' - ? : , ');
  const vars = Array.from({ length: 2000 }, (_, index) => `a${index}: [{ b: 1 }]`).join(', ');
  const text = `${LEAST}allow-changes: [{ resource: x, reason: '${words}' }]\nchecks: { service: { a: { running: true, meta: { ${vars} } } } }\n`;
  assert.equal(await templateProblems(text), []);
});

test('keys that are no text, and __proto__, are refused', async () => {
  assert.equal(await templateProblems('? [a]\n: b\n'), ['1:3 a key must be text']);
  assert.equal(await templateProblems('__proto__: { name: web }\n'), ['1:1 `__proto__` cannot be a key']);
});

test('a file over 1 MiB is not read', async () => {
  assert.equal(await templateProblems(`# ${'x'.repeat(1024 * 1024)}\n${LEAST}`), [
    '1:1 the file is larger than 1 MiB, which no configuration needs',
  ]);
});

test('bytes that are no UTF-8 are told so', async () => {
  const bytes = new Uint8Array([0x6e, 0xff, 0xfe]);
  assert.equal(await problemsIn({ 'templates/web.yaml': bytes }), [
    'templates/web.yaml:1:1 the file is not UTF-8 text',
  ]);
});

test('a byte order mark and carriage returns do not move a column', async () => {
  assert.equal(await templateProblems('\u{feff}name: web\r\nbase: debian-12\r\nfroms: [oci]\r\n'), [
    '3:1 unknown key `froms` (did you mean `forms`?)',
  ]);
});

test.run();
