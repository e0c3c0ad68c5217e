import * as assert from 'uvu/assert';
import { Fault } from '../../../../src/core/fault.ts';
import { UNRECORDED } from '../../../../src/core/intention.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { makeOwned } from '../../../../src/platforms/ec2/owned.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('what AWS charges for');

const LISTED = { first: 1, longest: 1, within: 50 };

function failed(name: string, $metadata: object): Fault {
  return new Fault('CLOUD_FAILED', name, {
    cause: Object.assign(new Error(name), { name, $metadata }),
  });
}

/** Makes something that ends with this error, and is listed as often as it is looked for this late; gives what came of it. */
async function afterFailure(error: unknown, listedAt: number, signal: AbortSignal) {
  const removed: string[] = [];
  let looked = 0;
  let settled = false;
  const scope = new Scope();
  const making = {
    label: 'snapshot',
    intent: {
      ...UNRECORDED,
      settle() {
        settled = true;
      },
    },
    make: () => Promise.reject(error),
    find: async () => (++looked >= listedAt ? ['snap-1'] : []),
    remove: async (id: string) => void removed.push(id),
  };
  await rejects(makeOwned(making, scope, signal, LISTED), () => true);
  const outcomes = await scope.close();
  return { removed, looked, settled, outcomes };
}

test('what a call whose answer was lost has made is removed once AWS lists it', async ({ signal }) => {
  const lost = failed('TimeoutError', {});
  const { removed, looked, settled } = await afterFailure(lost, 3, signal);
  assert.equal(removed, ['snap-1']);
  assert.is(looked, 3);
  assert.ok(settled);
  const never = await afterFailure(lost, Number.POSITIVE_INFINITY, signal);
  assert.equal(never.removed, []);
  assert.equal(never.outcomes, [{ label: 'snapshot', state: 'removed' }]);
});

test('what AWS has refused at once is not looked for; a later refusal may be that of another try', async ({
  signal,
}) => {
  const once = await afterFailure(failed('UnauthorizedOperation', { httpStatusCode: 403 }), 1, signal);
  assert.equal([once.looked, once.settled], [0, true]);
  const full = failed('InsufficientInstanceCapacity', { httpStatusCode: 500, attempts: 10 });
  assert.is((await afterFailure(full, 1, signal)).looked, 0);
  const later = failed('UnauthorizedOperation', { httpStatusCode: 403, attempts: 2 });
  assert.equal((await afterFailure(later, 1, signal)).removed, ['snap-1']);
});

test('nothing is begun once it was aborted', async () => {
  const scope = new Scope();
  const making = {
    ...{ label: 'snapshot', intent: UNRECORDED },
    make: async () => 'snap-1',
    find: async () => [],
    remove: async () => {},
  };
  await rejects(makeOwned(making, scope, AbortSignal.abort(new Error('enough'))), /enough/);
  assert.equal(await scope.close(), []);
});

test.run();
