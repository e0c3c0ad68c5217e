import * as assert from 'uvu/assert';
import { stagesOf } from '../../../src/app/stages.ts';
import type { Event } from '../../../src/core/events.ts';
import { Fault } from '../../../src/core/fault.ts';
import { together } from '../../../src/core/together.ts';
import { sleep } from '../../../src/core/wait.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('stages of a bake');

function listening() {
  const events: Event[] = [];
  const reporter = { emit: (event: Event) => void events.push(event), close: async () => {} };
  return { events, stages: stagesOf('web', reporter) };
}

test('a stage tells how it begins, what it says and how it ends, and gives its result', async ({
  signal,
}) => {
  const { events, stages } = listening();
  const result = await stages.run('seal', async (log) => {
    log.output('a line');
    log.note('a note');
    await sleep(20, signal);
    return 42;
  });
  assert.is(result, 42);
  const [{ ms } = { ms: 0 }] = stages.times;
  assert.ok(ms >= 19 && ms < 2000, `${ms} ms`);
  const common = { image: 'web', stage: 'seal' };
  assert.equal(events, [
    { type: 'stage-started', ...common },
    { type: 'output', ...common, line: 'a line' },
    { type: 'note', ...common, message: 'a note' },
    { type: 'stage-done', ...common, ms },
  ]);
});

test('a stage that fails says why, throws the very error, and has no time', async () => {
  for (const thrown of [new Fault('CHECK_FAILED', 'not up'), new Error('bug'), 'text']) {
    const { events, stages } = listening();
    const error = await rejects<Error>(
      stages.run('check', () => Promise.reject(thrown)),
      () => true,
    );
    assert.is(error, thrown);
    const last = events.at(-1);
    assert.is(last?.type, 'stage-failed');
    assert.is(last && 'message' in last && last.message, thrown instanceof Error ? thrown.message : 'text');
    assert.equal(stages.times, []);
  }
});

test('times are in the order of the stages, and one that is skipped has none', async () => {
  const { events, stages } = listening();
  await stages.run('start', async () => {});
  stages.skip('check', 'nothing to ask');
  await stages.run('seal', async () => {});
  assert.equal(
    stages.times.map(({ stage }) => stage),
    ['start', 'seal'],
  );
  assert.equal(events[2], { type: 'stage-skipped', image: 'web', stage: 'check', reason: 'nothing to ask' });
});

test('of two side by side the one that is given up for the other is not told as a failure; times are as they began', async () => {
  const { events, stages } = listening();
  const first = new Fault('CHECK_FAILED', 'not up');
  await rejects(
    together(new AbortController().signal, [
      (both) => stages.run('prove', () => sleep(60_000, both)),
      () => stages.run('check', () => Promise.reject(first)),
    ]),
    first,
  );
  assert.equal(
    events.map((event) => [event.type, 'stage' in event && event.stage]),
    [
      ['stage-started', 'prove'],
      ['stage-started', 'check'],
      ['stage-failed', 'check'],
      ['stage-skipped', 'prove'],
    ],
  );
  const [last] = events.slice(-1);
  assert.is(last?.type === 'stage-skipped' && last.reason, 'given up together with check');
  await together(new AbortController().signal, [
    (both) => stages.run('prove', () => sleep(20, both)),
    () => stages.run('check', async () => {}),
  ]);
  assert.equal(
    stages.times.map(({ stage }) => stage),
    ['prove', 'check'],
  );
});

test.run();
