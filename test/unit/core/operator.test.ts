import { hostname, userInfo } from 'node:os';
import * as assert from 'uvu/assert';
import { operator } from '../../../src/core/operator.ts';
import { suite } from '../../support/suite.ts';

const test = suite('who uses this process');

test('it is a user of this host', () => {
  assert.is(operator({}), `${userInfo().username}@${hostname()}`);
  assert.is(operator({ SUDO_USER: '' }), operator({}));
});

test('root under sudo is who called it, and nobody else can say so', () => {
  const user = process.getuid?.() === 0 ? 'alice' : userInfo().username;
  assert.is(operator({ SUDO_USER: 'alice' }), `${user}@${hostname()}`);
});

test.run();
