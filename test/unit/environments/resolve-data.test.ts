import * as assert from 'uvu/assert';
import { placeText } from '../../../src/environments/data-problem.ts';
import type { DataDeclaration, DataType } from '../../../src/environments/data-type.ts';
import { assertData, type ResolvedData, resolveData } from '../../../src/environments/resolve-data.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { hierarchyOf, WEB_1 } from './sample-hierarchy.ts';

const test = suite('data of an image');

const needs = (type: DataType, more: Partial<DataDeclaration> = {}): DataDeclaration => ({
  type,
  required: true,
  ...more,
});

test('what is declared is handed out, with defaults, and nothing else', async ({ signal }) => {
  const hierarchy = hierarchyOf({
    'prod/data.yaml': 'greeting: Hello\nundeclared: 1\n',
    'common.yaml': 'workers: 4\ngreeting: none\n',
  });
  const declared = {
    greeting: needs('string'),
    workers: needs('integer'),
    level: { type: 'string', required: false, default: 'info' },
    hosts: { type: 'list', required: false, default: [] },
    proxy: { type: 'string', required: false },
  } as const;
  const resolved = await resolveData(declared, hierarchy, WEB_1, signal);
  assert.equal(resolved.values, { greeting: 'Hello', workers: 4, level: 'info', hosts: [] });
  assert.equal(assertData(resolved, { environment: 'prod', image: 'web@7' }), resolved.values);
});

test('every file is read once, however many keys there are', async ({ signal }) => {
  const hierarchy = hierarchyOf({ 'common.yaml': 'a: 1\nb: 2\n' });
  await resolveData({ a: needs('integer'), b: needs('integer') }, hierarchy, WEB_1, signal);
  assert.equal(hierarchy.reads, ['prod/nodes/web-1.yaml', 'prod/web.yaml', 'prod/data.yaml', 'common.yaml']);
});

test('each type takes its own values, and a wrong one is told with its place', async ({ signal }) => {
  const values: Record<string, readonly DataType[]> = {
    text: ['string'],
    '"1"': ['string'],
    '3': ['integer', 'number'],
    '3.0': ['integer', 'number'],
    '3.5': ['number'],
    '90071992547409930': ['number'],
    true: ['boolean'],
    '[1]': ['list'],
    '{ a: 1 }': ['map'],
  };
  for (const [value, good] of Object.entries(values)) {
    const hierarchy = hierarchyOf({ 'common.yaml': `a: 1\nk: ${value}\n` });
    for (const type of ['string', 'integer', 'number', 'boolean', 'list', 'map'] as const) {
      const { problems } = await resolveData({ k: needs(type) }, hierarchy, WEB_1, signal);
      if (good.includes(type)) assert.equal(problems, [], `${value} is a ${type}`);
      else
        assert.match(
          texts({ problems })[0] ?? '',
          /^environments\/common\.yaml:2:\d `k` (must be|is too large)/,
        );
    }
  }
});

test('what is missing says which file to write it in', async ({ signal }) => {
  const missing = async (files: Record<string, string>) =>
    (await resolveData({ workers: needs('integer') }, hierarchyOf(files), WEB_1, signal)).problems;
  const hint = (file: string) =>
    `write \`workers: …\` (an integer) into ${file}, or give it a default in the template`;
  const message = '`workers` is needed, and no level has it';
  assert.equal(await missing({ 'prod/nodes/web-1.yaml': 'a: 1\n', 'prod/web.yaml': 'a: 1\n' }), [
    {
      file: 'environments/prod/web.yaml',
      line: 1,
      column: 1,
      message,
      hint: hint('environments/prod/web.yaml'),
    },
  ]);
  assert.equal(await missing({ 'common.yaml': 'a: 1\n' }), [
    {
      file: 'environments/hiera.yaml',
      line: 1,
      column: 1,
      message,
      hint: hint('environments/prod/data.yaml'),
    },
  ]);
});

test('an optional value that is nowhere is left out, one that is wrong is not', async ({ signal }) => {
  const hierarchy = hierarchyOf({ 'common.yaml': 'a:\nb: 1\n' });
  const optional = needs('string', { required: false });
  const resolved = await resolveData({ a: optional, b: optional, c: optional }, hierarchy, WEB_1, signal);
  assert.equal(texts(resolved), [
    'environments/common.yaml:1:1 `a` has no value',
    'environments/common.yaml:2:4 `b` must be a string, and is a number',
  ]);
  assert.not('c' in resolved.values);
});

test('a merged value of a wrong type is told with its highest place', async ({ signal }) => {
  const hierarchy = hierarchyOf({
    'prod/data.yaml': 'lookup_options: { k: { merge: unique } }\nk: a\n',
    'common.yaml': 'k: [b]\n',
  });
  const { problems } = await resolveData({ k: needs('string') }, hierarchy, WEB_1, signal);
  assert.equal(texts({ problems }), ['environments/prod/data.yaml:2:4 `k` must be a string, and is a list']);
});

test('what no variable can carry is told with its place', async ({ signal }) => {
  const hierarchy = hierarchyOf({ 'common.yaml': 'a: "x\\0"\nb: ["x\\0"]\npath: /bin\n' });
  const declared = { a: needs('string'), b: needs('list'), path: needs('string') };
  const { problems } = await resolveData(declared, hierarchy, WEB_1, signal);
  assert.equal(texts({ problems }), [
    'environments/common.yaml:1:4 `a` has a NUL character in it, which no variable can carry',
    'environments/common.yaml:3:7 `path` would be the variable PATH, which has a meaning of its own',
  ]);
});

test('all problems come at once, each once, in one fault', async ({ signal }) => {
  const levels = { a: ['common.yaml'], b: ['%{x}.yaml'] };
  const hierarchy = hierarchyOf({ 'common.yaml': 'lookup_options: { k: 1 }\nk: "%{y}"\nn: text\n' }, levels);
  const declared = { n: needs('integer'), k: needs('string'), z: needs('map') };
  const resolved = await resolveData(declared, hierarchy, WEB_1, signal);
  const fault = await rejects(() => assertData(resolved, { environment: 'prod', image: 'web@7' }), {
    code: 'DATA_INVALID',
  });
  assert.is(fault.message, '5 problems in the data of prod for web@7');
  assert.is(fault.exitCode, 2);
  assert.equal(
    fault.details.filter((line) => !line.startsWith(' ')),
    [
      'environments/common.yaml:1:1  `z` is needed, and no level has it',
      'environments/common.yaml:1:22  `k` must be a map with `merge`',
      'environments/common.yaml:2:4  `%{y}` cannot be looked up',
      'environments/common.yaml:3:4  `n` must be an integer, and is a string',
      'environments/hiera.yaml:4:25  `%{x}` cannot be looked up',
    ],
  );
  assert.match(fault.details.join('\n'), "      | only %{env}, %{role}, %{node} and %{literal('%')} can");
});

test('a key that objects are born with is found only where it is written', async ({ signal }) => {
  const hierarchy = hierarchyOf({ 'common.yaml': 'a: 1\n' });
  const declared = { constructor: needs('map', { required: false }) };
  const resolved = await resolveData(declared, hierarchy, WEB_1, signal);
  assert.equal(resolved, { values: {}, problems: [] });
});

function texts({ problems }: Pick<ResolvedData, 'problems'>): string[] {
  return problems.map((problem) => `${placeText(problem)} ${problem.message}`);
}

test.run();
