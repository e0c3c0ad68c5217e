import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { GOOD, LEAST, problemsIn, sampleWorkspace, templateProblems } from './sample-workspace.ts';

const test = suite('how long images are kept');

async function keepOf(template: string, defaults?: string) {
  await using workspace = await sampleWorkspace({
    ...GOOD,
    'templates/web.yaml': `${LEAST}${template}`,
    ...(defaults === undefined ? {} : { 'templates/defaults.yaml': defaults }),
  });
  const { problems, templates } = await workspace.load();
  assert.equal(problems, []);
  return templates.get('web')?.value.keep;
}

test('a template that does not say it keeps everything', async () => {
  assert.is(await keepOf(''), undefined);
});

test('a template says how many of each, and the defaults say the rest', async () => {
  const all = { last: 10, daily: 7, weekly: 4, monthly: 6 };
  assert.equal(await keepOf('keep: { last: 10, daily: 7, weekly: 4, monthly: 6 }\n'), all);
  assert.equal(await keepOf('', 'keep: { last: 10, daily: 7, weekly: 4, monthly: 6 }\n'), all);
  assert.equal(await keepOf('keep: { daily: 0 }\n', 'keep: { last: 3, daily: 7 }\n'), { last: 3, daily: 0 });
  assert.equal(await keepOf('keep: {}\n', 'keep: { last: 3 }\n'), { last: 3 });
});

const WRONG: readonly [string, readonly string[]][] = [
  ['keep: { last: 0 }', ['3:15 `keep.last` must be at least 1']],
  ['keep: { daily: -1 }', ['3:16 `keep.daily` must be at least 0']],
  ['keep: { weekly: 1.5 }', ['3:17 `keep.weekly` must be a whole number, but is the number 1.5']],
  ['keep: { monthly: all }', ['3:18 `keep.monthly` must be a number, but is the text `all`']],
  ['keep: { dayly: 7 }', ['3:9 unknown key `dayly` (did you mean `daily`?)']],
  ['keep: 10', ['3:7 `keep` must be a map, but is the number 10']],
  [
    'keep: {}',
    [
      '3:1 `keep` needs at least one of `last`, `daily`, `weekly` or `monthly`: without `keep` nothing is pruned',
    ],
  ],
];

for (const [line, problems] of WRONG)
  test(`${line} is told where it is wrong`, async () => {
    assert.equal(await templateProblems(`${LEAST}${line}\n`), problems);
  });

test('what the defaults have wrong is told there', async () => {
  const files = { ...GOOD, 'templates/defaults.yaml': 'keep: { last: 0, yearly: 1 }\n' };
  const problems = await problemsIn(files);
  assert.ok(problems.some((line) => line.startsWith('templates/defaults.yaml:1:15 `keep.last`')));
  assert.ok(problems.some((line) => line.startsWith('templates/defaults.yaml:1:18 unknown key `yearly`')));
});

test.run();
