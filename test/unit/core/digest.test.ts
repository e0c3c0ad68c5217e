import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { canonicalJson, digestOf, shortDigest } from '../../../src/core/digest.ts';
import { newBakeId } from '../../../src/core/ids.ts';
import { suite } from '../../support/suite.ts';

const test = suite('digests and ids');

test('a digest is sha256, of bytes or of the UTF-8 of a string', () => {
  // From FIPS 180-2, appendix B.1.
  const abc = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.is(digestOf('abc'), abc);
  assert.is(digestOf(Buffer.from('abc')), abc);
  assert.is(digestOf('é'), digestOf(Buffer.from([0xc3, 0xa9])));
  assert.is(shortDigest(abc), 'ba7816bf8f01');
  assert.is(shortDigest('ba7816bf8f01cf'), 'ba7816bf8f01');
  assert.is(shortDigest('ami-0123456789abcdef0'), 'ami-0123456789abcdef0');
});

test('equal values have equal canonical text, in whatever order their keys were set', () => {
  assert.is(canonicalJson({ b: [{ z: 1, a: 2 }], a: null }), '{"a":null,"b":[{"a":2,"z":1}]}');
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.is(canonicalJson(turned(value)), canonicalJson(value));
      assert.equal(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('the order of a list counts, and so does a missing key', () => {
  assert.is.not(canonicalJson([1, 2]), canonicalJson([2, 1]));
  assert.is.not(canonicalJson({ a: null }), canonicalJson({}));
});

test('ids of bakes sort by their time and can stand in names, labels and paths', () => {
  const times = [1_700_000_000_000, 1_700_000_001_000, 1_763_000_000_000, 2_000_000_000_000];
  const ids = times.map((time) => newBakeId(time));
  assert.equal([...ids].sort(), ids);
  for (const id of ids) assert.match(id, /^[0-9a-hjkmnp-tv-z]{7}-[0-9a-hjkmnp-tv-z]{6}$/);
});

test('two bakes of the same moment have different ids', () => {
  assert.is(new Set(Array.from({ length: 1000 }, () => newBakeId(1_700_000_000_000))).size, 1000);
});

test.run();

/** The same value with the keys of its objects set in the opposite order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, turned(inner)]),
  );
}
