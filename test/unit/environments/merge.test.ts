import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { canonicalJson } from '../../../src/core/digest.ts';
import type { DataFile } from '../../../src/environments/hierarchy.ts';
import { type Found, merge, type Strategy } from '../../../src/environments/merge.ts';
import { leavesOf, plainOf, trace } from '../../../src/environments/traced.ts';
import { suite } from '../../support/suite.ts';

const test = suite('merge');

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString');
const scalar = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('x', 'y'), fc.boolean());
const { map, list, any } = fc.letrec<{ map: Json; list: Json; any: Json }>((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, scalar, tie('list'), tie('map')),
  list: fc.array(tie('any'), { maxLength: 3 }),
  map: fc.array(fc.tuple(key, tie('any')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
}));
const several = (value: fc.Arbitrary<Json>) => fc.array(value, { minLength: 1, maxLength: 4 });

/** The values as of the `index`th file each, the highest first. */
function traced(values: readonly Json[]): Found {
  const data: DataFile = { file: 'x', value: {}, positionOf: () => ({ line: 1, column: 1 }) };
  const all = values.map((value, index) => trace(value, { index, data, path: [] }, (one) => one));
  return all as unknown as Found;
}

function merged(strategy: Strategy, values: readonly Json[]): Json {
  return plainOf(merge(strategy, traced(values))) as Json;
}

test('first is the highest', () => {
  fc.assert(
    fc.property(several(any), (values) => {
      assert.is(JSON.stringify(merged('first', values)), JSON.stringify(values[0]));
    }),
  );
});

test('unique is every value once, in the order of the levels, with no list in it', () => {
  fc.assert(
    fc.property(several(fc.oneof(scalar, list)), (values) => {
      const all = flat(values).map(canonicalJson);
      assert.equal((merged('unique', values) as Json[]).map(canonicalJson), [...new Set(all)]);
    }),
  );
});

test('hash has every key, each with the highest value as it is', () => {
  fc.assert(
    fc.property(several(map), (values) => {
      const result = merged('hash', values) as Record<string, Json>;
      const keys = new Set(values.flatMap((value) => Object.keys(value as object)));
      assert.equal(new Set(Object.keys(result)), keys);
      for (const one of keys) {
        const highest = values.find((value) => Object.hasOwn(value as object, one)) as Record<string, Json>;
        assert.is(JSON.stringify(result[one]), JSON.stringify(highest[one]));
      }
    }),
  );
});

test('deep is what a plain reading of the rules gives', () => {
  fc.assert(
    fc.property(several(any), (values) => {
      const expected = values.reduce(plainDeep);
      assert.is(JSON.stringify(merged('deep', values)), JSON.stringify(expected));
    }),
  );
});

test('of values that agree, it does not matter which neighbours are merged first', () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 });
  const leaves = { n: fc.integer(), l: numbers };
  const inner = fc.record(leaves, { requiredKeys: [] });
  const agreeing = fc.record({ ...leaves, m: inner }, { requiredKeys: [] }) as fc.Arbitrary<Json>;
  const strategy = fc.constantFrom<Strategy>('hash', 'deep');
  fc.assert(
    fc.property(strategy, agreeing, several(agreeing), (how, highest, lower) => {
      const atOnce = merged(how, [highest, ...lower]);
      const inSteps = merged(how, [highest, merged(how, lower)]);
      assert.is(JSON.stringify(atOnce), JSON.stringify(inSteps));
    }),
  );
});

test('every part is found where it says that it comes from', () => {
  fc.assert(
    fc.property(fc.constantFrom<Strategy>('first', 'hash', 'deep'), several(map), (strategy, values) => {
      for (const { value, from } of leavesOf(merge(strategy, traced(values)))) {
        const own = from.path.reduce<unknown>(
          (part, segment) => (part as never)[segment],
          values[from.index],
        );
        assert.is(JSON.stringify(own), JSON.stringify(value));
      }
    }),
  );
});

test('no value that was merged is changed', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Strategy>('first', 'unique', 'hash', 'deep'),
      several(map),
      (strategy, values) => {
        const before = JSON.stringify(values);
        merge(strategy, traced(values));
        assert.is(JSON.stringify(values), before);
      },
    ),
  );
});

function flat(value: Json): Json[] {
  return Array.isArray(value) ? value.flatMap(flat) : [value];
}

/** The rules of `deep` over plain values, as they are documented. */
function plainDeep(high: Json, low: Json): Json {
  if (Array.isArray(high) && Array.isArray(low)) {
    const all = [...low, ...high];
    return all.filter(
      (item, index) => all.findIndex((other) => canonicalJson(other) === canonicalJson(item)) === index,
    );
  }
  if (!isMap(high) || !isMap(low)) return high;
  const keys = [...new Set([...Object.keys(low), ...Object.keys(high)])];
  return Object.fromEntries(
    keys.map((one) => {
      if (!Object.hasOwn(high, one)) return [one, low[one] as Json];
      if (!Object.hasOwn(low, one)) return [one, high[one] as Json];
      return [one, plainDeep(high[one] as Json, low[one] as Json)];
    }),
  );
}

function isMap(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

test.run();
