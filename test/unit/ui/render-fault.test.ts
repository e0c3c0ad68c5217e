import * as assert from 'uvu/assert';
import { Fault } from '../../../src/core/fault.ts';
import { faultJson } from '../../../src/ui/fault-json.ts';
import { jsonText } from '../../../src/ui/json-text.ts';
import { renderFault } from '../../../src/ui/render-fault.ts';
import { suite } from '../../support/suite.ts';
import { CONVERGE_FAULT } from './a-bake.ts';

const test = suite('render fault');

test('a fault shows its message, its evidence, its hint and the log, and no stack', () => {
  assert.equal(renderFault(CONVERGE_FAULT, { log: '/logs/x.log' }), [
    '✗ web did not converge: 1 of 12 resources failed',
    '    Service[nginx] failed at provisioners/puppet/web.pp:12',
    '  hint: Run again with --on-error shell and look at the service.',
    '  log: /logs/x.log',
  ]);
});

test('causes are told where they say more than the fault does', () => {
  const cause = new Error('connect ENOENT /run/engine.sock', { cause: new Error('the engine is gone') });
  const fault = new Fault('ENGINE_UNREACHABLE', 'no engine answers (the engine is gone)', { cause });
  assert.equal(renderFault(fault), [
    '✗ no engine answers (the engine is gone)',
    '  because: connect ENOENT /run/engine.sock',
  ]);
});

test('codes for the terminal in a message or in the evidence are not passed on', () => {
  const fault = new Fault('CHECK_FAILED', 'bad\u001b[2J', {
    details: ['one\u001b]0;evil\u0007\ntwo\u009b31m'],
    hint: '\u001b[1mdo',
  });
  assert.equal(renderFault(fault), ['✗ bad', '    one', '    two', '  hint: do']);
});

test('what is no fault is a bug: its stack is shown and a report is asked for', () => {
  const lines = renderFault(new TypeError('x is not a function', { cause: new Error('deeper') }));
  assert.is(lines[0], '✗ this is a bug in kiln: TypeError: x is not a function');
  assert.match(lines[1] ?? '', /^ {4}at .*render-fault\.test/);
  assert.ok(lines.includes('    caused by Error: deeper'));
  assert.match(lines.at(-1) ?? '', /hint: Please report it/);
  assert.equal(renderFault('just a string')[0], '✗ this is a bug in kiln: just a string');
});

test('as JSON a fault keeps its code, and a bug has one of its own', () => {
  assert.equal(faultJson(CONVERGE_FAULT), {
    code: 'CONVERGE_FAILED',
    message: 'web did not converge: 1 of 12 resources failed',
    hint: 'Run again with --on-error shell and look at the service.',
    details: ['Service[nginx] failed at provisioners/puppet/web.pp:12'],
  });
  assert.equal(faultJson(new Fault('USAGE', 'no')), { code: 'USAGE', message: 'no', details: [] });
  assert.is(faultJson(new RangeError('boom')).code, 'BUG');
});

test('JSON for a terminal reads back as it was, with no control character in it', () => {
  const value = { text: 'a\u001b[31m\u009b31m\u202eb\u2028' };
  const text = jsonText(value);
  assert.not.match(text, /\p{Cc}|\u202e|\u2028/u);
  assert.equal(JSON.parse(text), value);
});

test.run();
