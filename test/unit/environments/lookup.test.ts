import * as assert from 'uvu/assert';
import { placeText } from '../../../src/environments/data-problem.ts';
import type { DataFile } from '../../../src/environments/hierarchy.ts';
import { knownKeys, type Lookup, lookup } from '../../../src/environments/lookup.ts';
import { readLevels } from '../../../src/environments/read-levels.ts';
import { suite } from '../../support/suite.ts';
import { hierarchyOf, hierarchyOfData, WEB_1 } from './sample-hierarchy.ts';

const test = suite('lookup');

/** Three levels of one file each, as in the data that Puppet was asked about. */
const ABC = { a: ['a.yaml'], bs: ['b.yaml', 'missing.yaml'], c: ['c.yaml'] };

/**
 * What `puppet lookup` of Puppet 7.23 made of the same files; `has.dot`, `mm.nope.x` and what has no entry here
 * were not found.
 */
const PUPPET = {
  files: {
    'a.yaml': `
lookup_options:
  deepmap: { merge: deep }
  deeplist: { merge: deep }
  hashmap: { merge: hash }
  uni: { merge: unique }
  uniscalar: { merge: unique }
  overridden: { merge: first }
  '^re_.*': { merge: unique }
  re_exact: { merge: first }
  deepempty: { merge: { strategy: deep } }
deepmap: { z: 1, list: [1, 2, { m: 1 }], sub: { x: a, f: false } }
deeplist: [1, 2, [3]]
hashmap: { z: 1, list: [1], m: { a: 1 } }
uni: [a, b, a, [c, [a]]]
uniscalar: x
overridden: [1]
re_list: [1]
re_exact: [1]
deepempty: {}
'has.dot': dotted
mm: { 'a.b': { c: [5, 6] } }
`,
    'b.yaml': `
lookup_options:
  overridden: { merge: unique }
  deepmap: { merge: first }
  '^only_.*': { merge: hash }
deepmap: { y: 2, list: [2, 3, { m: 1 }, 1], sub: { x: b, w: 2, f: true } }
deeplist: [2, 4, [3]]
hashmap: { y: 2, z: 2, m: { b: 1 } }
uni: [d, b]
overridden: [2]
re_list: [2]
re_exact: [2]
deepempty: { a: { b: 1 } }
only_x: { a: 1 }
`,
    'c.yaml': `
deepmap: { x: 3, list: [7], sub: { v: 3, f: true }, y: 5 }
deeplist: [9, 9]
hashmap: { x: 3, y: 3, m: { c: 1 } }
uni: e
uniscalar: y
overridden: [3]
re_list: [3]
re_exact: [3]
only_x: { b: 2 }
`,
  },
  answers: {
    deepmap: { x: 3, list: [7, 2, 3, { m: 1 }, 1], sub: { v: 3, f: false, x: 'a', w: 2 }, y: 2, z: 1 },
    deeplist: [9, 2, 4, [3], 1],
    hashmap: { x: 3, y: 2, m: { a: 1 }, z: 1, list: [1] },
    uni: ['a', 'b', 'c', 'd', 'e'],
    uniscalar: ['x', 'y'],
    overridden: [1],
    re_list: [1, 2, 3],
    re_exact: [1],
    deepempty: { a: { b: 1 } },
    only_x: { b: 2, a: 1 },
    "'has.dot'": 'dotted',
    'has.dot': undefined,
    "mm.'a.b'.c.1": 6,
    'mm.nope.x': undefined,
    'uni.0': 'a',
    'uni.4': 'e',
    'uni.5': undefined,
    'overridden.0': 1,
    nothing: undefined,
    lookup_options: undefined,
  },
};

for (const [key, answer] of Object.entries(PUPPET.answers)) {
  test(`${key} is what Puppet makes of it, keys in the same order`, async ({ signal }) => {
    const looked = await lookup(hierarchyOf(PUPPET.files, ABC), key, WEB_1, signal);
    assert.is(JSON.stringify(looked.result?.value), JSON.stringify(answer));
    assert.equal(looked.problems, []);
  });
}

test('the highest level wins, and every file tells what it has', async ({ signal }) => {
  const hierarchy = hierarchyOf({
    'prod/web.yaml': 'other: 1\n',
    'prod/data.yaml': '# comment\ngreeting: Welcome to %{env}\n',
    'common.yaml': 'a: 1\ngreeting: Hello\n',
  });
  const { files, result, strategy } = await lookup(hierarchy, 'greeting', WEB_1, signal);
  assert.equal(files, [
    {
      level: 'node',
      path: 'prod/nodes/web-1.yaml',
      file: 'environments/prod/nodes/web-1.yaml',
      outcome: 'no file',
    },
    { level: 'role', path: 'prod/web.yaml', file: 'environments/prod/web.yaml', outcome: 'no key' },
    {
      level: 'environment',
      path: 'prod/data.yaml',
      file: 'environments/prod/data.yaml',
      outcome: 'won',
      value: 'Welcome to prod',
      place: { file: 'environments/prod/data.yaml', line: 2, column: 11 },
    },
    {
      level: 'common',
      path: 'common.yaml',
      file: 'environments/common.yaml',
      outcome: 'lost',
      value: 'Hello',
      place: { file: 'environments/common.yaml', line: 2, column: 11 },
    },
  ]);
  assert.is(result?.value, 'Welcome to prod');
  assert.equal(strategy, { strategy: 'first' });
});

test('of a merged value every part tells where it comes from', async ({ signal }) => {
  const hierarchy = hierarchyOf({
    'prod/web.yaml': 'db: { port: 5433 }\n',
    'prod/data.yaml': 'db:\n  host: db.%{env}\n  tags: [b]\n',
    'common.yaml': "lookup_options: { '^d': { merge: deep } }\ndb: { host: none, port: 5432, tags: [a] }\n",
  });
  const looked = await lookup(hierarchy, 'db', WEB_1, signal);
  assert.equal(outcomes(looked), ['no file', 'merged', 'merged', 'merged']);
  assert.equal(partPlaces(looked), {
    'db.host': 'environments/prod/data.yaml:2:9',
    'db.port': 'environments/prod/web.yaml:1:13',
    'db.tags.0': 'environments/common.yaml:2:38',
    'db.tags.1': 'environments/prod/data.yaml:3:10',
  });
  const by = { file: 'environments/common.yaml', line: 1, column: 19, pattern: '^d' };
  assert.equal(looked.strategy, { strategy: 'deep', by });
});

test('a level of which nothing is left in a merged value has lost', async ({ signal }) => {
  const hierarchy = hierarchyOf({
    'prod/data.yaml': 'lookup_options: { m: { merge: hash } }\nm: { a: 1, b: 2 }\n',
    'common.yaml': 'm: { a: 3 }\n',
  });
  assert.equal(outcomes(await lookup(hierarchy, 'm', WEB_1, signal)), ['no file', 'no file', 'won', 'lost']);
});

test('a dotted key digs into what the whole key comes to, and not into what lost', async ({ signal }) => {
  const hierarchy = hierarchyOf({
    'prod/data.yaml': 'db: { host: a }\n',
    'common.yaml': 'db: { host: b, port: 1 }\n',
  });
  const host = await lookup(hierarchy, 'db.host', WEB_1, signal);
  assert.is(host.result?.value, 'a');
  assert.equal(outcomes(host).slice(2), ['won', 'lost']);
  const port = await lookup(hierarchy, 'db.port', WEB_1, signal);
  assert.is(port.result, undefined);
  assert.equal(outcomes(port).slice(2), ['no part', 'lost']);
});

test('a dotted key that leads into what is no map is a problem', async ({ signal }) => {
  const hierarchy = hierarchyOf({ 'common.yaml': 'db: { host: a }\nlist: [x]\n' });
  assert.equal(problemTexts(await lookup(hierarchy, 'db.host.name', WEB_1, signal)), [
    'environments/common.yaml:1:13 `db.host` is a string, so there is no `db.host.name`',
  ]);
  assert.equal(problemTexts(await lookup(hierarchy, 'list.x', WEB_1, signal)), [
    'environments/common.yaml:2:1 `list` is a list, so there is no `list.x`',
  ]);
});

test('a key of another type on another level is a problem that names both places', async ({ signal }) => {
  const values = ['text', '1', 'true', '[a]', '{ a: 1 }'];
  for (const high of values) {
    for (const low of values.filter((value) => value !== high)) {
      const hierarchy = hierarchyOf({ 'prod/data.yaml': `k: ${high}\n`, 'common.yaml': `a: 1\nk: ${low}\n` });
      const [problem, ...others] = problemTexts(await lookup(hierarchy, 'k', WEB_1, signal));
      assert.match(
        problem ?? '',
        /^environments\/prod\/data\.yaml:1:\d `k` is a \w+ here and a \w+ in environments\/common\.yaml:2:\d$/,
      );
      assert.equal(others, []);
    }
  }
});

test('integers and other numbers agree', async ({ signal }) => {
  const hierarchy = hierarchyOf({ 'prod/data.yaml': 'k: 1.5\n', 'common.yaml': 'k: 1\n' });
  assert.equal((await lookup(hierarchy, 'k', WEB_1, signal)).problems, []);
});

test('where maps are merged, their parts must agree too', async ({ signal }) => {
  const files = (merge: string) => ({
    'prod/data.yaml': `lookup_options: { k: { merge: ${merge} } }\nk: { a: 1, sub: { b: x } }\n`,
    'common.yaml': 'k: { a: "1", sub: { b: [] } }\n',
  });
  const a =
    'environments/prod/data.yaml:2:9 `k.a` is a number here and a string in environments/common.yaml:1:9';
  const b =
    'environments/prod/data.yaml:2:22 `k.sub.b` is a string here and a list in environments/common.yaml:1:21';
  for (const [merge, problems] of Object.entries({ first: [], hash: [a], deep: [a, b] }))
    assert.equal(problemTexts(await lookup(hierarchyOf(files(merge)), 'k', WEB_1, signal)), problems);
});

test('a key without a value is a problem, and no value', async ({ signal }) => {
  const hierarchy = hierarchyOf({ 'prod/data.yaml': 'k:\n', 'common.yaml': 'k: 1\n' });
  const looked = await lookup(hierarchy, 'k', WEB_1, signal);
  assert.equal(problemTexts(looked), ['environments/prod/data.yaml:1:1 `k` has no value']);
  assert.is(looked.result?.value, 1);
});

test('numbers that JSON does not have are a problem', async ({ signal }) => {
  const hierarchy = hierarchyOf({ 'common.yaml': 'k: [1, .inf, .nan]\n' });
  assert.equal(problemTexts(await lookup(hierarchy, 'k', WEB_1, signal)), [
    'environments/common.yaml:1:8 `k.1` is not a number that JSON has',
    'environments/common.yaml:1:14 `k.2` is not a number that JSON has',
  ]);
});

test('a merge that cannot take a value says who asked for it', async ({ signal }) => {
  const options = 'lookup_options: { u: { merge: unique }, h: { merge: hash } }\n';
  const hierarchy = hierarchyOf({ 'common.yaml': `${options}u: { a: 1 }\nh: [1]\n` });
  assert.equal(problemTexts(await lookup(hierarchy, 'u', WEB_1, signal)), [
    'environments/common.yaml:2:1 `u` is a map, and is merged by `unique`, as environments/common.yaml:1:19 says',
  ]);
  assert.equal(problemTexts(await lookup(hierarchy, 'h', WEB_1, signal)), [
    'environments/common.yaml:3:1 `h` is a list, and is merged by `hash`, as environments/common.yaml:1:41 says',
  ]);
});

test('a token that cannot be replaced is told with its place, in values that lose too', async ({
  signal,
}) => {
  const hierarchy = hierarchyOf({
    'prod/data.yaml': 'k: [{ a: "%{::x}" }]\n',
    'common.yaml': `k: ["%{lookup('y')}"]\n`,
  });
  assert.equal(problemTexts(await lookup(hierarchy, 'k', WEB_1, signal)), [
    "environments/common.yaml:1:5 `%{lookup('y')}` cannot be looked up",
    'environments/prod/data.yaml:1:10 `%{::x}` cannot be looked up',
  ]);
});

test('keys of maps are not interpolated', async ({ signal }) => {
  const hierarchy = hierarchyOf({ 'common.yaml': 'k: { "%{env}": "%{env}", "%{x}": 1 }\n' });
  const looked = await lookup(hierarchy, 'k', WEB_1, signal);
  assert.equal(looked.result?.value, { '%{env}': 'prod', '%{x}': 1 });
  assert.equal(looked.problems, []);
});

test('a path that cannot be interpolated is told with its place in hiera.yaml', async ({ signal }) => {
  const levels = { a: ['common.yaml', '%{::env}.yaml'], b: ['%{facts.os}/x.yaml'] };
  const hierarchy = hierarchyOf({ 'common.yaml': 'k: 1\n' }, levels);
  const looked = await lookup(hierarchy, 'k', WEB_1, signal);
  assert.equal(problemTexts(looked), [
    'environments/hiera.yaml:4:25 `%{::env}` cannot be looked up',
    'environments/hiera.yaml:5:25 `%{facts.os}` cannot be looked up',
  ]);
  assert.is(looked.result?.value, 1);
  assert.equal(hierarchy.reads, ['common.yaml']);
});

test('whoever is not known gets what does not depend on it, and is told of what does', async ({ signal }) => {
  const hierarchy = hierarchyOf({ 'common.yaml': 'a: 1\nb: "%{role}"\n' }, { common: ['common.yaml'] });
  assert.equal((await lookup(hierarchy, 'a', { env: 'prod' }, signal)).problems, []);
  assert.equal(problemTexts(await lookup(hierarchy, 'b', { env: 'prod' }, signal)), [
    'environments/common.yaml:2:4 `%{role}` has no value here',
  ]);
});

test('a key’s own option comes before a pattern, and of patterns the higher file’s', async ({ signal }) => {
  const hierarchy = hierarchyOf({
    'prod/data.yaml': "lookup_options: { '^k': { merge: unique } }\nk: [1]\nkey: [1]\n",
    'common.yaml': "lookup_options: { '^k.*y$': { merge: deep }, k: { merge: first } }\nk: [2]\nkey: [2]\n",
  });
  assert.is((await lookup(hierarchy, 'k', WEB_1, signal)).strategy.strategy, 'first');
  assert.equal((await lookup(hierarchy, 'key', WEB_1, signal)).result?.value, [1, 2]);
});

test('options that cannot be are told with their place', async ({ signal }) => {
  const hierarchy = hierarchyOf({
    'prod/web.yaml': 'lookup_options: deep\nk: 1\n',
    'prod/data.yaml': 'lookup_options:\n',
    'common.yaml': `lookup_options:
  a: deep
  b: { merge: reverse }
  c: { merge: { strategy: deep, knockout_prefix: -- } }
  d: { merge: hash, convert_to: Set }
  '^(': { merge: hash }
  e: {}
  f: { merge: {} }
  g: { merge: [deep] }
  k: { merge: first }
`,
  });
  const looked = await lookup(hierarchy, 'k', WEB_1, signal);
  assert.equal(
    problemTexts(looked).map((text) => text.replace(/: Invalid.*/, '')),
    [
      'environments/common.yaml:2:6 `a` must be a map with `merge`',
      'environments/common.yaml:3:15 `reverse` is no way to merge',
      'environments/common.yaml:4:33 `knockout_prefix` is not supported',
      'environments/common.yaml:5:21 `convert_to` is not supported',
      'environments/common.yaml:6:3 `^(` is not a regular expression',
      'environments/common.yaml:7:3 `e` has no `merge`',
      'environments/common.yaml:8:8 `merge` has no `strategy`',
      'environments/common.yaml:9:8 this is no way to merge',
      'environments/prod/data.yaml:1:1 `lookup_options` must be a map',
      'environments/prod/web.yaml:1:17 `lookup_options` must be a map',
    ],
  );
  assert.is(looked.strategy.by?.pattern, 'k');
});

test('names that objects are born with are keys like any other', async ({ signal }) => {
  const special = JSON.parse(
    '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"x": 1}}, "m": {"__proto__": 2}}',
  );
  const plain = JSON.parse(
    '{"m": {"__proto__": 3, "toString": 4}, "lookup_options": {"m": {"merge": "deep"}, "__proto__": {"merge": "deep"}}}',
  );
  const data = (file: string, value: DataFile['value']): DataFile => ({
    file,
    value,
    positionOf: () => ({ line: 1, column: 1 }),
  });
  const files = new Map([
    ['a.yaml', data('a.yaml', special)],
    ['b.yaml', data('b.yaml', plain)],
  ]);
  const hierarchy = hierarchyOfData(files, { a: ['a.yaml'], b: ['b.yaml'] });
  const look = async (key: string) => (await lookup(hierarchy, key, WEB_1, signal)).result?.value;
  assert.is(JSON.stringify(await look('m')), '{"__proto__":2,"toString":4}');
  assert.is(await look('m.__proto__'), 2);
  assert.is(await look('__proto__.polluted'), 1);
  assert.equal(await look('constructor.prototype'), { x: 1 });
  assert.is(await look('toString'), undefined);
  assert.is(await look('m.hasOwnProperty'), undefined);
  assert.is(({} as { polluted?: unknown }).polluted, undefined);
});

test('a file that two levels name is read once, and its value wins once', async ({ signal }) => {
  const levels = { a: ['common.yaml'], b: ['./common.yaml', 'x/../common.yaml'] };
  const hierarchy = hierarchyOf({ 'common.yaml': 'k: 1\n' }, levels);
  assert.equal(outcomes(await lookup(hierarchy, 'k', WEB_1, signal)), ['won', 'lost', 'lost']);
  assert.equal(hierarchy.reads, ['common.yaml']);
});

test('the keys that are known are those of all files but lookup_options', async ({ signal }) => {
  const hierarchy = hierarchyOf({
    'prod/data.yaml': 'b: 1\nlookup_options: {}\n',
    'common.yaml': 'a: 1\nb: 2\n',
  });
  assert.equal(knownKeys(await readLevels(hierarchy, WEB_1, signal)), ['a', 'b']);
});

function outcomes({ files }: Lookup): string[] {
  return files.map(({ outcome }) => outcome);
}

function problemTexts({ problems }: Lookup): string[] {
  return problems.map((problem) => `${placeText(problem)} ${problem.message}`);
}

function partPlaces({ result }: Lookup): Record<string, string> {
  return Object.fromEntries((result?.parts ?? []).map(({ key, place }) => [key, placeText(place)]));
}

test.run();
