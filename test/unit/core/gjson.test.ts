import * as assert from 'uvu/assert';
import { gjsonPath, type Json } from '../../../src/core/gjson.ts';
import { suite } from '../../support/suite.ts';

const test = suite("paths in gjson's syntax");

const SAMPLE: Json = {
  name: { first: 'Tom', last: 'Anderson' },
  age: 37,
  children: ['Sara', 'Alex', 'Jack'],
  'fav.movie': 'Deer Hunter',
  nothing: null,
  friends: [
    { first: 'Dale', last: 'Murphy', age: 44, nets: ['ig', 'fb', 'tw'] },
    { first: 'Roger', last: 'Craig', age: 68, nets: ['fb', 'tw'] },
    { first: 'Jane', last: 'Murphy', age: 47, nets: ['ig', 'tw'] },
  ],
};

/** Paths and what gjson says that they lead to, most of them from its own documentation. */
const PATHS: readonly (readonly [string, Json | undefined])[] = [
  ['name.last', 'Anderson'],
  ['age', 37],
  ['nothing', null],
  ['children', ['Sara', 'Alex', 'Jack']],
  ['children.#', 3],
  ['children.1', 'Alex'],
  ['children.3', undefined],
  ['children.x', undefined],
  ['child*.2', 'Jack'],
  ['c?ildren.0', 'Sara'],
  ['fav\\.movie', 'Deer Hunter'],
  ['friends.#.first', ['Dale', 'Roger', 'Jane']],
  ['friends.#.none', []],
  ['friends.#.nets.#', [3, 2, 2]],
  ['friends.#.first|#', 3],
  ['friends.1.last', 'Craig'],
  ['friends.#(last=="Murphy").first', 'Dale'],
  ['friends.#(last=="Murphy")#.first', ['Dale', 'Jane']],
  ['friends.#(age>45)#.last', ['Craig', 'Murphy']],
  ['friends.#(first%"D*").last', 'Murphy'],
  ['friends.#(first!%"D*").last', 'Craig'],
  ['friends.#(nets.#(=="fb"))#.first', ['Dale', 'Roger']],
  ['friends.#(last=="None")', undefined],
  ['children.#(!="Sara")', 'Alex'],
  ['name.none', undefined],
  ['age.none', undefined],
  ['@this.age', 37],
  ['name|first', 'Tom'],
];

for (const [path, expected] of PATHS) {
  test(`${path} leads to ${JSON.stringify(expected)}`, () => {
    assert.equal(gjsonPath(path)(SAMPLE), expected);
  });
}

/** What a query takes elements for: how many of these hold, as the real gjson counts them. */
const MIXED: Json = [1, '1', 2, '10', true, false, null, [1], { a: 1 }];
const COUNTS: readonly (readonly [string, number])[] = [
  ['=="1"', 2],
  ['==1', 2],
  ['!="1"', 4],
  ['>1', 2],
  ['>="true"', 3],
  ['==true', 1],
  ['!=true', 5],
  ['>false', 3],
  ['<=true', 3],
  ['==null', 0],
  ['!=null', 6],
  ['%"1*"', 2],
  ['!%"1"', 1],
];

for (const [query, count] of COUNTS) {
  test(`#(${query})# holds for ${count} of ${JSON.stringify(MIXED)}`, () => {
    assert.is(gjsonPath(`#(${query})#|#`)(MIXED), count);
  });
}

for (const path of [
  '',
  '..#',
  '@reverse',
  'a.@keys',
  '{a,b}',
  'a.[b,c]',
  '!"x"',
  'a.#(b==1',
  'a.#(b==~true)',
]) {
  test(`${path || 'an empty path'} is refused rather than misread`, () => {
    assert.throws(() => gjsonPath(path), /supported|empty|not closed/);
  });
}

test.run();
