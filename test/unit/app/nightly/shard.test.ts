import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Derived, parseShard, shardOf } from '../../../../src/app/nightly/shard.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('shard');

/** Templates t0 … tN, each without a parent, from one that stands before it, or from one that is not among them. */
const workspaces = fc
  .array(fc.option(fc.nat({ max: 30 }), { nil: undefined }), { maxLength: 25 })
  .map((parents) =>
    parents.map(
      (parent, position): Derived =>
        parent === undefined
          ? { name: `t${position}` }
          : { name: `t${position}`, parent: parent < position ? `t${parent}` : 'elsewhere' },
    ),
  );
const counts = fc.integer({ min: 1, max: 8 });

function allShards(templates: readonly Derived[], count: number): string[][] {
  return Array.from({ length: count }, (_, at) => shardOf(templates, { index: at + 1, count }));
}

test('a shard is its place, counted from 1, and how many there are', () => {
  assert.equal(parseShard('1/1'), { index: 1, count: 1 });
  assert.equal(parseShard('2/3'), { index: 2, count: 3 });
  assert.equal(parseShard('12/12'), { index: 12, count: 12 });
});

for (const text of [
  '0/3',
  '4/3',
  '1/0',
  '0/0',
  'a/b',
  '1',
  '1/',
  '/3',
  '-1/3',
  '1.5/3',
  '1/3/5',
  ' 1/3',
  '',
]) {
  test(`\`${text}\` is no shard`, async () => {
    const fault = await rejects(() => parseShard(text), { code: 'USAGE' });
    assert.match(fault.message, text);
    assert.match(fault.hint ?? '', '1/3');
  });
}

test('every template is in exactly one shard, and nothing else is in any', async () => {
  await fc.assert(
    fc.property(workspaces, counts, (templates, count) => {
      const given = allShards(templates, count).flat();
      assert.equal(given.sort(), templates.map(({ name }) => name).sort());
    }),
  );
});

test('the order in which templates are listed does not matter', async () => {
  const shuffled = workspaces.chain((templates) =>
    fc.tuple(
      fc.constant(templates),
      fc.shuffledSubarray(templates, { minLength: templates.length, maxLength: templates.length }),
    ),
  );
  await fc.assert(
    fc.property(shuffled, counts, ([templates, others], count) => {
      assert.equal(allShards(others, count), allShards(templates, count));
    }),
  );
});

test('a template is in the shard of the one that its base is an image of', async () => {
  await fc.assert(
    fc.property(workspaces, counts, (templates, count) => {
      const names = new Set(templates.map(({ name }) => name));
      const shards = allShards(templates, count);
      for (const { name, parent } of templates) {
        if (parent === undefined || !names.has(parent)) continue;
        assert.ok(shards.some((shard) => shard.includes(name) && shard.includes(parent)));
      }
    }),
  );
});

test('templates that nothing joins are divided evenly', async () => {
  await fc.assert(
    fc.property(fc.nat({ max: 40 }), counts, (size, count) => {
      const templates = Array.from({ length: size }, (_, at) => ({ name: `t${at}` }));
      const sizes = allShards(templates, count).map(({ length }) => length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }),
  );
});

test('the largest group goes first, and the lightest shard takes the next', () => {
  const templates = [
    { name: 'app' },
    { name: 'hardened' },
    { name: 'web', parent: 'hardened' },
    { name: 'shop', parent: 'web' },
    { name: 'toolbox' },
    { name: 'zoo' },
  ];
  assert.equal(allShards(templates, 2), [
    ['hardened', 'shop', 'web'],
    ['app', 'toolbox', 'zoo'],
  ]);
});

test('more machines than groups leave some without work', () => {
  assert.equal(allShards([{ name: 'b' }, { name: 'a', parent: 'b' }], 3), [['a', 'b'], [], []]);
});

test('one that is named twice is baked once', () => {
  assert.equal(shardOf([{ name: 'a' }, { name: 'a' }], { index: 1, count: 1 }), ['a']);
});

test('bases in a circle do not hang', () => {
  const circle = [
    { name: 'a', parent: 'b' },
    { name: 'b', parent: 'a' },
  ];
  assert.equal(shardOf(circle, { index: 1, count: 2 }), ['a', 'b']);
});

test.run();
