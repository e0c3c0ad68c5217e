import * as assert from 'uvu/assert';
import { type CleanupOutcome, everythingPending, Scope } from '../../../src/core/scope.ts';
import { sleep } from '../../../src/core/wait.ts';
import { suite } from '../../support/suite.ts';

const test = suite('scope');
const never = new AbortController().signal;

test('cleanups run newest first, each after the one before has ended', async () => {
  const order: string[] = [];
  const scope = new Scope();
  for (const name of ['network', 'volume', 'container']) {
    scope.defer(name, async () => {
      order.push(`${name} begins`);
      await sleep(2, never);
      order.push(`${name} ends`);
    });
  }
  await scope.close();
  assert.equal(
    order,
    ['container', 'volume', 'network'].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
});

test('one that fails is told with its remedy, and the others run all the same', async () => {
  const error = new Error('in use');
  const told: CleanupOutcome[] = [];
  const scope = new Scope((outcome) => told.push(outcome));
  scope.defer('first', async () => {});
  scope.defer('stuck', () => Promise.reject(error), 'docker rm stuck');
  scope.defer('last', async () => {}, 'docker rm last');
  const outcomes = await scope.close();
  assert.equal(outcomes, [
    { label: 'last', state: 'removed' },
    { label: 'stuck', state: 'failed', remedy: 'docker rm stuck', error },
    { label: 'first', state: 'removed' },
  ]);
  assert.equal(told, outcomes);
});

test('one that throws before its first await is a failure like any other', async () => {
  const scope = new Scope();
  scope.defer('broken', () => {
    throw new Error('at once');
  });
  assert.is((await scope.close())[0]?.state, 'failed');
});

test('a failing cleanup does not hide the error that ended the work', async () => {
  const work = async () => {
    await using scope = new Scope();
    scope.defer('stuck', () => Promise.reject(new Error('cleanup')));
    throw new Error('the work');
  };
  const message = await work().then(
    () => '',
    (error: Error) => error.message,
  );
  assert.is(message, 'the work');
});

test('what is kept is not removed, and its remedy is told', async () => {
  let removed = false;
  const scope = new Scope();
  scope.defer('machine', async () => (removed = true), 'docker rm machine');
  scope.keep();
  assert.equal(await scope.close(), [{ label: 'machine', state: 'kept', remedy: 'docker rm machine' }]);
  assert.not(removed);
});

test('what would be left behind is known while the scope is open, of all scopes of the process', async () => {
  const before = everythingPending().length;
  const [one, other] = [new Scope(), new Scope()];
  one.defer('a', async () => {}, 'rm a');
  one.defer('b', async () => {});
  other.defer('c', async () => {});
  assert.equal(one.pending(), [
    { label: 'b', state: 'kept' },
    { label: 'a', state: 'kept', remedy: 'rm a' },
  ]);
  assert.is(everythingPending().length, before + 3);
  await Promise.all([one.close(), other.close()]);
  assert.equal(one.pending(), []);
  assert.is(everythingPending().length, before);
});

test('what has been handed on is not removed', async () => {
  const removed: string[] = [];
  const scope = new Scope();
  const forget = scope.defer('image', async () => removed.push('image'));
  scope.defer('container', async () => removed.push('container'));
  forget();
  forget();
  await scope.close();
  assert.equal(removed, ['container']);
});

test('a scope that is closed twice cleans up once, and both wait for the end', async () => {
  let times = 0;
  const scope = new Scope();
  scope.defer('slow', async () => {
    await sleep(5, never);
    times++;
  });
  const [first, second] = await Promise.all([scope.close(), scope.close()]);
  assert.is(times, 1);
  assert.is(first, second);
  assert.is(await scope.close(), first);
});

test('a cleanup that is registered while the scope closes runs, and runs once', async () => {
  const ran: string[] = [];
  const scope = new Scope();
  scope.defer('first', async () => ran.push('first'));
  scope.defer('second', async () => {
    ran.push('second');
    scope.defer('late', async () => ran.push('late'));
  });
  await scope.close();
  assert.equal(ran, ['second', 'late', 'first']);
});

test('one that takes itself off while it runs takes no other with it', async () => {
  const ran: string[] = [];
  const scope = new Scope();
  scope.defer('first', async () => ran.push('first'));
  const forget = scope.defer('second', async () => {
    ran.push('second');
    forget();
  });
  await scope.close();
  assert.equal(ran, ['second', 'first']);
});

test('a cleanup that never ends fails at its deadline, with its signal aborted, and the next one runs', async () => {
  let seen: AbortSignal | undefined;
  const scope = new Scope(() => {}, 20);
  scope.defer('first', async () => {});
  scope.defer('hangs', (signal) => {
    seen = signal;
    return new Promise(() => {});
  });
  const [hangs, first] = await scope.close();
  assert.is(hangs?.state, 'failed');
  assert.match(String(hangs?.error), 'not done within 0.02 s');
  assert.ok(seen?.aborted);
  assert.is(first?.state, 'removed');
});

test('nothing can be registered with a scope that has closed: it would never be removed', async () => {
  const scope = new Scope();
  await scope.close();
  assert.throws(() => scope.defer('orphan', async () => {}), /orphan: its scope has closed/);
});

test.run();
