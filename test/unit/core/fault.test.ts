import * as assert from 'uvu/assert';
import { exitCodeOf, Fault, type FaultCode } from '../../../src/core/fault.ts';
import { suite } from '../../support/suite.ts';

const test = suite('fault');

test('the exit code says whose turn it is: 1 the image, 2 the input, 3 the platform, 130 the person', () => {
  const expected: [FaultCode, number][] = [
    ['CONFIG_INVALID', 2],
    ['USAGE', 2],
    ['BASE_CYCLE', 2],
    ['PATH_OUTSIDE', 2],
    ['IMAGE_UNKNOWN', 2],
    ['CONVERGE_FAILED', 1],
    ['NOT_IDEMPOTENT', 1],
    ['CHECK_FAILED', 1],
    ['SEAL_INCOMPLETE', 1],
    ['VERIFY_MISMATCH', 1],
    ['TIMEOUT', 1],
    ['ENGINE_UNREACHABLE', 3],
    ['MIRROR_UNREACHABLE', 3],
    ['DISK_FULL', 3],
    ['RECORD_DAMAGED', 3],
    ['INTERRUPTED', 130],
  ];
  for (const [code, exitCode] of expected) assert.is(exitCodeOf(new Fault(code, 'x')), exitCode, code);
});

test('whatever is no fault is a bug', () => {
  for (const thrown of [new Error('x'), new TypeError('x'), 'text', undefined])
    assert.is(exitCodeOf(thrown), 70);
});

test('a fault carries its hint, its evidence and its cause', () => {
  const cause = new Error('socket hang up');
  const fault = new Fault('ENGINE_FAILED', 'refused', { hint: 'Look there.', details: ['a', 'b'], cause });
  assert.ok(fault instanceof Error);
  assert.equal([fault.name, fault.message, fault.hint], ['Fault', 'refused', 'Look there.']);
  assert.equal(fault.details, ['a', 'b']);
  assert.is(fault.cause, cause);
  const bare = new Fault('USAGE', 'x');
  assert.equal([bare.hint, bare.details, 'cause' in bare], [undefined, [], false]);
});

test.run();
