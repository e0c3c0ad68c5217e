import * as assert from 'uvu/assert';
import { slots } from '../../../src/core/slots.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('slots');

/** Works that are told when they begin, and end when they are told to. */
function works(most: number, signal: AbortSignal) {
  const take = slots(most);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (name: string, count: number, own = signal) =>
    take(count, own, async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
    });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { begun, start, settle, end: (name: string) => ends.get(name)?.() };
}

test('no more is begun than there is room for, and nobody overtakes', async ({ signal }) => {
  const { begun, start, settle, end } = works(3, signal);
  const all = [start('a', 2), start('b', 2), start('c', 1)];
  await settle();
  assert.equal(begun, ['a']);
  end('a');
  await settle();
  assert.equal(begun, ['a', 'b', 'c']);
  end('b');
  end('c');
  await Promise.all(all);
});

test('what asks for more than all gets all, and what fails gives its room back', async ({ signal }) => {
  const take = slots(2);
  await rejects(
    take(5, signal, async () => {
      throw new Error('broken');
    }),
    /broken/,
  );
  assert.is(await take(2, signal, async () => 'done'), 'done');
});

test('who gives up lets the next one go', async ({ signal }) => {
  const { begun, start, settle, end } = works(2, signal);
  const first = start('first', 1);
  const gone = new AbortController();
  const second = start('second', 2, gone.signal);
  const third = start('third', 1);
  await settle();
  assert.equal(begun, ['first']);
  gone.abort(new Error('enough'));
  await rejects(second, /enough/);
  await settle();
  assert.equal(begun, ['first', 'third']);
  end('first');
  end('third');
  await Promise.all([first, third]);
});

test.run();
