import * as assert from 'uvu/assert';
import { assertProven } from '../../../src/converge/prove.ts';
import type { ResourceResult, StepResult } from '../../../src/converge/result.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('the proof');

const quiet: ResourceResult = { resource: 'File[/srv]', state: 'unchanged', file: 'p/web.pp', line: 3 };
const stamp: ResourceResult = {
  resource: 'Exec[stamp]',
  state: 'changed',
  file: 'p/web.pp',
  line: 12,
  message: 'ran',
};

function results(...resources: ResourceResult[]): StepResult[] {
  return [{ step: 'puppet p/web.pp', tool: 'puppet', version: '7.23.0', ms: 1, resources }];
}

test('holds when nothing changed', () => {
  assert.equal(assertProven(results(quiet), []), { allowed: [], unproven: [], unused: [] });
});

test('fails for a resource that changed again, and names its place', async () => {
  const fault = await rejects(() => assertProven(results(quiet, stamp), []), { code: 'NOT_IDEMPOTENT' });
  assert.is(fault.exitCode, 1);
  assert.match(fault.message, 'Exec[stamp]');
  assert.equal(fault.details, ['Exec[stamp] p/web.pp:12: ran']);
});

test('does not let an allowed resource excuse another', async () => {
  const other = { ...stamp, resource: 'Exec[other]' };
  const allowed = [{ resource: 'Exec[stamp]', reason: 'a date' }];
  const fault = await rejects(() => assertProven(results(stamp, other), allowed), { code: 'NOT_IDEMPOTENT' });
  assert.equal(fault.details, ['Exec[other] p/web.pp:12: ran']);
});

test('keeps the reason of each allowed change for the record', () => {
  const proof = assertProven(results(stamp), [{ resource: 'Exec[stamp]', reason: 'a date' }]);
  assert.equal(proof.allowed, [
    { resource: 'Exec[stamp]', reason: 'a date', step: 'puppet p/web.pp', file: 'p/web.pp', line: 12 },
  ]);
});

test('tells of allowed changes that did not happen', () => {
  const entry = { resource: 'Exec[gone]', reason: 'was there once' };
  assert.equal(assertProven(results(quiet), [entry]).unused, [entry]);
});

test('lists the scripts that were not run again, with their reason', () => {
  const skipped: ResourceResult = {
    resource: 's/seed.sh',
    state: 'skipped',
    file: 's/seed.sh',
    message: 'makes a key',
  };
  const step: StepResult = {
    step: 'shell s/seed.sh',
    tool: 'shell',
    version: 'dash',
    ms: 1,
    resources: [skipped],
  };
  assert.equal(assertProven([step], []).unproven, [{ resource: 's/seed.sh', reason: 'makes a key' }]);
});

test.run();
