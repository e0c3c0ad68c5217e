import * as assert from 'uvu/assert';
import { type Based, withAllBasedOn } from '../../../src/catalogue/based-on.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { suite } from '../../support/suite.ts';

const test = suite('all that is based on an image');

/** An image that says what it is based on; of `baseDigest`, where that is other bytes than the name has. */
function image(name: string, base?: string, baseDigest = digestOf(base ?? 'debian')): Based {
  const source = base === undefined ? 'debian bookworm' : `bake ${base}`;
  return { name, digest: digestOf(name), base: { name: 'b', source, digest: baseDigest } };
}

function namesOf(images: readonly Based[], of: string): string[] {
  return withAllBasedOn(images, { name: of, digest: digestOf(of) }).map(({ name }) => name);
}

test('it is found through any number of images, bases first, whatever their order', () => {
  const images = [image('c@1', 'b@1'), image('b@1', 'a@1'), image('a@1'), image('a@2'), image('d@1', 'a@2')];
  assert.equal(namesOf(images, 'a@1'), ['a@1', 'b@1', 'c@1']);
  assert.equal(namesOf(images, 'c@1'), ['c@1']);
});

test('a name is enough, and so are the bytes of a base whose name is gone', () => {
  const byName = image('b@1', 'a@1', digestOf('other bytes'));
  const byBytes = image('c@1', 'a@9', digestOf('a@1'));
  assert.equal(namesOf([image('a@1'), byName, byBytes], 'a@1'), ['a@1', 'b@1', 'c@1']);
  assert.equal(namesOf([byName, byBytes], 'a@1'), ['b@1', 'c@1'], 'also where its record is gone');
});

test('images of the same bytes have the same content, and are based on each other', () => {
  const same = { ...image('z@1'), digest: digestOf('a@1') };
  assert.equal(namesOf([image('y@1', 'z@1', digestOf('?')), same, image('a@1')], 'a@1'), [
    'z@1',
    'a@1',
    'y@1',
  ]);
});

test('a chain of bases that leads back to itself ends', () => {
  assert.equal(namesOf([image('a@1', 'b@1'), image('b@1', 'a@1')], 'a@1'), ['a@1', 'b@1']);
});

test('a base that is no image of the catalogue has the bytes of none', () => {
  const plain = { ...image('b@1'), base: { name: 'x', source: 'image x', digest: digestOf('a@1') } };
  assert.equal(namesOf([plain, image('a@1')], 'a@1'), ['a@1']);
});

test.run();
