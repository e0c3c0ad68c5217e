import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Capacity, inOrder, type Job } from '../../../src/app/in-order.ts';
import { suite } from '../../support/suite.ts';

const test = suite('jobs in order');
const ROOMY: Capacity = { jobs: 100, memory: 1000 };

function job(name: string, { after, memory = 1, expected = 1 }: Partial<Job> = {}): Job {
  return { name, after, memory, expected };
}

/** Does the jobs and tells in which order they began and ended. */
async function told(jobs: readonly Job[], capacity: Capacity): Promise<string[]> {
  const told: string[] = [];
  await inOrder(jobs, capacity, async ({ name, expected }) => {
    told.push(`+${name}`);
    await sleep(expected);
    told.push(`-${name}`);
  });
  return told;
}

test('each comes after the one that it names, and gets its result; results come in the jobs’ order', async () => {
  const jobs = [job('app', { after: 'hardened' }), job('web', { after: 'nobody' }), job('hardened')];
  const results = await inOrder(jobs, ROOMY, async ({ name }, before: string | undefined) =>
    before === undefined ? name : `${name} on ${before}`,
  );
  assert.equal(results, ['app on hardened', 'web', 'hardened']);
});

test('no more are at work than may be, and none waits without need', async () => {
  const jobs = ['a', 'b', 'c', 'd'].map((name) => job(name, { expected: 5 }));
  assert.equal((await told(jobs, { jobs: 2, memory: 1000 })).slice(0, 2), ['+a', '+b']);
  assert.equal((await told(jobs, { jobs: 1, memory: 1000 })).join(''), '+a-a+b-b+c-c+d-d');
});

test('the one goes first whose chain takes longest', async () => {
  const jobs = [
    job('short', { expected: 2 }),
    job('long', { expected: 8 }),
    job('base', { expected: 3 }),
    job('top', { after: 'base', expected: 9 }),
  ];
  const [first, ...rest] = await told(jobs, { jobs: 1, memory: 1000 });
  assert.is(first, '+base');
  assert.equal(
    rest.filter((word) => word.startsWith('+')),
    ['+top', '+long', '+short'],
  );
});

test('memory holds back what does not fit, and not what does; what never fits is done alone', async () => {
  const jobs = [
    job('vm', { memory: 700, expected: 9 }),
    job('other', { memory: 700, expected: 8 }),
    job('little', { memory: 200, expected: 1 }),
    job('huge', { memory: 5000, expected: 0 }),
  ];
  const words = await told(jobs, ROOMY);
  assert.equal(words.slice(0, 2), ['+vm', '+little']);
  assert.ok(words.indexOf('+other') > words.indexOf('-vm'));
  assert.is(words.indexOf('-huge'), words.indexOf('+huge') + 1);
});

test('a work that throws ends it, when those at work have ended', async () => {
  const ended: string[] = [];
  const jobs = [job('bad'), job('slow', { expected: 10 }), job('never', { after: 'slow' })];
  try {
    await inOrder(jobs, ROOMY, async ({ name, expected }) => {
      if (name === 'bad') throw new Error('a bug');
      await sleep(expected);
      ended.push(name);
    });
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'a bug');
  }
  assert.equal(ended, ['slow']);
});

test('whatever the jobs: all are done once, after theirs, and never too many', async () => {
  const lots = fc.array(fc.record({ after: fc.nat(12), memory: fc.nat(9), expected: fc.nat(3) }), {
    maxLength: 10,
  });
  await fc.assert(
    fc.asyncProperty(lots, fc.integer({ min: 1, max: 4 }), fc.nat(12), async (lot, most, memory) => {
      // Each may come after one before it only, so that there is no circle.
      const jobs = lot.map((one, index) => ({
        ...one,
        name: `${index}`,
        after: one.after < index ? `${one.after}` : undefined,
      }));
      const words: string[] = [];
      let running = 0;
      let used = 0;
      await inOrder(jobs, { jobs: most, memory }, async (one) => {
        running++;
        used += one.memory;
        assert.ok(running <= most);
        assert.ok(running === 1 || used <= memory);
        if (one.after !== undefined) assert.ok(words.includes(one.after));
        await sleep(0);
        running--;
        used -= one.memory;
        words.push(one.name);
      });
      assert.equal([...words].sort(), jobs.map(({ name }) => name).sort());
    }),
    { numRuns: 60 },
  );
});

test.run();
