import * as assert from 'uvu/assert';
import { interpolate, variablesIn } from '../../../src/environments/interpolate.ts';
import { suite } from '../../support/suite.ts';

const test = suite('interpolation');
const context = { env: 'prod', role: 'web', node: 'web-1' };

test('the three variables are replaced wherever they stand, with or without spaces in the braces', () => {
  assert.equal(interpolate('%{env}/%{ role }-%{node}%{env}.yaml', context), {
    text: 'prod/web-web-1prod.yaml',
  });
});

test('a literal percent sign is one, and what it makes is not looked at again', () => {
  assert.equal(interpolate(`%{literal('%')}{env} %{ literal("%") }`, context), { text: '%{env} %' });
});

test('what a variable stands for is not looked at again', () => {
  assert.equal(interpolate('%{role}', { ...context, role: '%{env}' }), { text: '%{env}' });
});

test('text without a token stays as it is', () => {
  for (const text of ['', '100 %', '%', '{env}', '%env%', '% {env}', '%%'])
    assert.equal(interpolate(text, context), { text });
});

test('everything else is a problem that says which token', () => {
  for (const token of [
    '%{::x}',
    '%{::env}',
    "%{lookup('a')}",
    "%{alias('a')}",
    '%{facts.os}',
    '%{}',
    '%{ENV}',
    "%{literal('x')}",
    '%{constructor}',
    '%{__proto__}',
  ]) {
    const { problem } = interpolate(`a ${token} b`, context);
    assert.is(problem?.message, `\`${token}\` cannot be looked up`);
    assert.match(problem?.hint ?? '', '%{node}');
  }
});

test('of several problems in a text, the first is told', () => {
  assert.match(interpolate('%{a} %{b} %{', context).problem?.message ?? '', '%{a}');
});

test('braces that are never closed are a problem that says how to write them', () => {
  assert.is(interpolate('a %{env', context).problem?.message, '`%{` is never closed');
});

test('a variable that nobody gave is a problem that says how to give it', () => {
  assert.equal(interpolate('%{role}', { env: 'prod' }).problem, {
    message: '`%{role}` has no value here',
    hint: 'say which: --role ROLE',
  });
});

test('the variables of a text are told', () => {
  assert.equal(variablesIn("%{env}/%{ node }/%{x}/%{literal('%')}"), ['env', 'node']);
});

test.run();
