import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { joinKey, splitKey } from '../../../src/environments/data-key.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('keys of data');

test('dots lead into a map, and quotes keep a dot', () => {
  assert.equal(splitKey('db'), ['db']);
  assert.equal(splitKey('db.hosts.0'), ['db', 'hosts', '0']);
  assert.equal(splitKey(`'with.dot'."a.b".c`), ['with.dot', 'a.b', 'c']);
  assert.equal(splitKey(' a . b '), ['a', 'b']);
  assert.equal(splitKey('my key::x'), ['my key::x']);
});

test('what is no key is refused', async () => {
  for (const key of ['', '.', 'a.', '.a', 'a..b', "'a", `a'b'`, `'a'b`, "''"])
    await rejects(() => splitKey(key), { code: 'USAGE' });
});

test('a path that was made a key is read back', () => {
  const segment = fc.string({ minLength: 1 }).filter((text) => !(text.includes("'") && text.includes('"')));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (path) => {
      assert.equal(splitKey(joinKey(path)), path);
    }),
  );
});

test.run();
