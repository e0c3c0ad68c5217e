import * as assert from 'uvu/assert';
import type { Event } from '../../../src/core/events.ts';
import { Fault } from '../../../src/core/fault.ts';
import { Secret } from '../../../src/core/secret.ts';
import { plainReporter } from '../../../src/ui/plain-reporter.ts';
import { redactedDisplay } from '../../../src/ui/redacted.ts';
import { suite } from '../../support/suite.ts';

const test = suite('a display that knows of no secret');

const value = 'correct-horse-battery';

function shown(work: (display: ReturnType<typeof redactedDisplay>) => void): string {
  let text = '';
  work(redactedDisplay(plainReporter({ write: (piece) => (text += piece) })));
  return text;
}

test('what a program in an instance says is shown without the secrets of this process', () => {
  new Secret(value);
  const event: Event = { type: 'output', image: 'app-1', stage: 'check', line: `token=${value} is wrong` };
  const text = shown((display) => display.emit(event));
  assert.match(text, 'token=[secret] is wrong');
  assert.not.match(text, value);
});

test('neither a message nor an error, its details, its hint or its cause shows one', () => {
  new Secret(value);
  const cause = new Error(`refused: ${value}`);
  const error = new Fault('CHECK_FAILED', `no ${value}`, {
    details: [`saw ${value}`],
    hint: `try ${value}`,
    cause,
  });
  const text = shown((display) => {
    display.say(`it is ${value}`);
    display.fault(error);
    display.fault(new TypeError(`bug with ${value}`));
    display.emit({ type: 'run-failed', image: 'app-1', error, log: '/log' });
  });
  assert.not.match(text, value);
  assert.is(text.match(/\[secret\]/g)?.length, 6);
});

test.run();
