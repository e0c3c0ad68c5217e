import * as assert from 'uvu/assert';
import { Fault } from '../../../src/core/fault.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('rejects');

test('a promise that is kept fails the test', async () => {
  const error = await Promise.resolve(rejects(Promise.resolve(7), /x/)).catch((reason: Error) => reason);
  assert.match((error as Error).message, 'expected a failure, but it gave 7');
});

test('a fault of the code is given back', async () => {
  const fault = new Fault('USAGE', 'no such verb');
  assert.is(await rejects(Promise.reject(fault), { code: 'USAGE' }), fault);
});

test('a fault of another code, a plain error and a wrong message fail the test', async () => {
  const wrong = [
    rejects(Promise.reject(new Fault('USAGE', 'no such verb')), { code: 'TIMEOUT' }),
    rejects(Promise.reject(new Error('no such verb')), { code: 'USAGE' }),
    rejects(Promise.reject(new Error('no such verb')), /noun/),
    rejects(Promise.reject(new Error('no such verb')), () => false),
  ];
  for (const outcome of await Promise.allSettled(wrong)) assert.is(outcome.status, 'rejected');
});

test('a function that throws at once counts as well', async () => {
  await rejects(() => {
    throw new Error('at once');
  }, /at once/);
});

test.run();
