import * as assert from 'uvu/assert';
import { together } from '../../../src/core/together.ts';
import { sleep, withDeadline } from '../../../src/core/wait.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('waiting');
const stopped = new Error('stopped');

test('a sleep ends at once with the reason of its signal', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(stopped), 10);
  const started = performance.now();
  assert.is(await rejects<Error>(sleep(60_000, controller.signal), /stopped/), stopped);
  assert.ok(performance.now() - started < 1000);
  assert.is(await rejects<Error>(sleep(60_000, controller.signal), /stopped/), stopped);
});

test('a deadline aborts with its own reason, an abort before it with that of the parent', async () => {
  const parent = new AbortController();
  using short = withDeadline(parent.signal, 5, () => new Error('too late'));
  using long = withDeadline(parent.signal, 60_000, () => new Error('too late'));
  await rejects<Error>(sleep(60_000, short.signal), /too late/);
  assert.not(long.signal.aborted);
  parent.abort(stopped);
  assert.is(long.signal.reason, stopped);
  using late = withDeadline(parent.signal, 60_000, () => new Error('too late'));
  assert.is(late.signal.reason, stopped);
});

test('a deadline that is over with takes no notice of its parent any more', async ({ signal }) => {
  const parent = new AbortController();
  const deadline = withDeadline(parent.signal, 5, () => new Error('too late'));
  deadline[Symbol.dispose]();
  parent.abort(stopped);
  await sleep(15, signal);
  assert.not(deadline.signal.aborted);
});

test('things done together give all results', async ({ signal }) => {
  const results = await together<[number, string]>(signal, [async () => 1, async () => 'two']);
  assert.equal(results, [1, 'two']);
});

test('the first that fails stops the others, and none is at work when its error comes', async ({
  signal,
}) => {
  let atWork = true;
  const failing = together(signal, [
    () => Promise.reject(stopped),
    async (both) => {
      await sleep(60_000, both).catch(() => {});
      await sleep(10, signal);
      atWork = false;
    },
  ]);
  assert.is(await rejects<Error>(failing, /stopped/), stopped);
  assert.not(atWork);
});

test('an abort from outside stops all of them', async () => {
  const controller = new AbortController();
  const running = together(controller.signal, [(both) => sleep(60_000, both), (both) => sleep(60_000, both)]);
  controller.abort(stopped);
  assert.is(await rejects<Error>(running, /stopped/), stopped);
});

test.run();
