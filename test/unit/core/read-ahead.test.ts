import * as assert from 'uvu/assert';
import { readAhead } from '../../../src/core/read-ahead.ts';
import { suite } from '../../support/suite.ts';

const test = suite('reading ahead');

test('what was read comes in the order of the items, and no more is begun than was said', async () => {
  const begun: number[] = [];
  const read = async (item: number) => {
    begun.push(item);
    await new Promise((done) => setTimeout(done, item % 2));
    return -item;
  };
  const reading = readAhead([1, 2, 3, 4, 5], 2, read);
  assert.equal(begun, []);
  assert.equal((await reading.next()).value, -1);
  assert.equal(begun, [1, 2, 3]);
  const rest: number[] = [];
  for await (const value of reading) rest.push(value);
  assert.equal(
    [rest, begun],
    [
      [-2, -3, -4, -5],
      [1, 2, 3, 4, 5],
    ],
  );
});

test('one that fails is thrown in its turn, and not at all when nobody asks for it', async () => {
  const read = async (item: number) => {
    if (item === 2) throw new Error('no second');
    return item;
  };
  const reading = readAhead([1, 2, 3], 3, read);
  assert.equal((await reading.next()).value, 1);
  let thrown: unknown;
  await reading.next().catch((error: unknown) => {
    thrown = error;
  });
  assert.match(String(thrown), /no second/);

  for await (const value of readAhead([1, 2, 3], 3, read)) {
    assert.is(value, 1);
    break;
  }
  // An unhandled rejection would end this process.
  await new Promise((done) => setImmediate(done));
});

test.run();
