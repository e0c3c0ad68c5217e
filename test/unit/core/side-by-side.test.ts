import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { sideBySide } from '../../../src/core/side-by-side.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('doing the same with many things');

test('results come in the order of the things, whichever is done first', async () => {
  const results = await sideBySide([30, 0, 10], 3, async (ms) => {
    await delay(ms);
    return ms;
  });
  assert.equal(results, [30, 0, 10]);
});

test('never more are at work than allowed, and as many as allowed', async () => {
  let atWork = 0;
  let most = 0;
  await sideBySide([1, 2, 3, 4, 5, 6, 7], 3, async () => {
    most = Math.max(most, ++atWork);
    await delay(5);
    atWork--;
  });
  assert.is(most, 3);
});

test('there may be nothing to do, and fewer than allowed', async () => {
  assert.equal(await sideBySide([], 4, async (thing) => thing), []);
  assert.equal(await sideBySide(['a'], 4, async (thing) => thing), ['a']);
});

test('after a failure nothing is begun, and what is at work is waited for', async () => {
  const begun: string[] = [];
  const done: string[] = [];
  const working = sideBySide(['slow', 'bad', 'late'], 2, async (thing) => {
    begun.push(thing);
    if (thing === 'bad') throw new Error('it is bad');
    await delay(10);
    done.push(thing);
  });
  await rejects(working, /it is bad/);
  assert.equal(begun, ['slow', 'bad']);
  assert.equal(done, ['slow']);
});

test('of two failures the first is thrown', async () => {
  const working = sideBySide([20, 5], 2, async (ms) => {
    await delay(ms);
    throw new Error(`failed after ${ms}`);
  });
  await rejects(working, /failed after 5/);
});

test.run();
