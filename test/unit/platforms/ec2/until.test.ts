import * as assert from 'uvu/assert';
import { onceKnown, until } from '../../../../src/platforms/ec2/until.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('waiting for AWS');

const pace = { first: 1, longest: 4, within: 200 };

function notFound(): Error {
  return Object.assign(new Error('no such instance'), { name: 'InvalidInstanceID.NotFound' });
}

test('it asks until there is an answer, and says what it waited for when there is none', async ({
  signal,
}) => {
  let asked = 0;
  const answer = async () => {
    asked++;
    return asked < 4 ? undefined : 'running';
  };
  assert.is(await until('i-1 is running', answer, pace, signal), 'running');
  assert.is(asked, 4);
  const fault = await rejects(
    until('i-1 is running', async () => undefined, pace, signal),
    { code: 'TIMEOUT' },
  );
  assert.match(fault.message, /^i-1 is running: not within 0 s/);
});

test('what was just made may not be known yet; any other error is thrown at once', async ({ signal }) => {
  let asked = 0;
  const known = async () => {
    asked++;
    if (asked < 3) throw notFound();
    return 'here';
  };
  assert.is(await onceKnown(known, signal, pace), 'here');
  await rejects(
    onceKnown(() => Promise.reject(notFound()), signal, { ...pace, within: 20 }),
    /no such instance/,
  );
  await rejects(
    onceKnown(() => Promise.reject(new Error('other')), signal, pace),
    /other/,
  );
});

test('an abort ends the wait with its reason', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 20);
  const slow = { first: 60_000, longest: 60_000, within: 120_000 };
  await rejects(
    until('it', async () => undefined, slow, controller.signal),
    /enough/,
  );
});

test.run();
