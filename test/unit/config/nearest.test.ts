import * as assert from 'uvu/assert';
import { nearest, suggestion } from '../../../src/config/nearest.ts';
import { suite } from '../../support/suite.ts';

const test = suite('nearest word');
const KEYS = ['name', 'base', 'converge', 'checks', 'probe', 'container'];

test('a slip, a swap, a missing and an extra letter are forgiven', () => {
  assert.is(nearest('convrge', KEYS), 'converge');
  assert.is(nearest('cehcks', KEYS), 'checks');
  assert.is(nearest('Probe', KEYS), 'probe');
  assert.is(nearest('containers', KEYS), 'container');
  assert.is(nearest('bsae', KEYS), 'base');
});

test('the nearer of two wins', () => {
  assert.is(nearest('lee', ['le', 'length', 'lees']), 'le');
  assert.is(nearest('web-2', ['web-1', 'web-22']), 'web-1');
});

test('a word that is like none has no nearest', () => {
  assert.is(nearest('volumes', KEYS), undefined);
  assert.is(nearest('x', KEYS), undefined);
});

test('without a near one the choice is told, shortened when it is long', () => {
  assert.is(suggestion('basee', KEYS, 'the keys are'), 'did you mean `base`?');
  assert.is(suggestion('zzz', ['a', 'b'], 'the keys are'), 'the keys are: a, b');
  assert.is(suggestion('zzz', [], 'the keys are'), undefined);
  assert.match(
    suggestion(
      'zzz',
      Array.from({ length: 30 }, (_, i) => `key-${i}`),
      'there are',
    ) ?? '',
    /key-19, …$/,
  );
});

test.run();
