import * as assert from 'uvu/assert';
import { runConfig } from '../../../src/app/run-config.ts';
import type { Template } from '../../../src/config/template.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { suite } from '../../support/suite.ts';

const test = suite('how a container of an image is run');
const TREE = digestOf('tree');
const BASE = {
  Env: ['PATH=/bin', 'LANG=C', 'MULTI=a\nLANG=b'],
  Entrypoint: ['/entry'],
  Cmd: ['base'],
  WorkingDir: '/base',
  User: 'base',
  StopSignal: 'SIGQUIT',
  ExposedPorts: { '1/tcp': {} },
  Labels: { of: 'base', 'kiln.template': 'hardened' },
};

function run(container: Partial<Template['container']>, base: Parameters<typeof runConfig>[0] = BASE) {
  // Nothing else of a template has a say here.
  const template = { name: 'web', container: { init: 'none', ...container } } as Template;
  return runConfig(base, template, TREE);
}

test('systemd is its command, and is stopped by the signal that systemd knows', () => {
  const { Cmd, StopSignal, Entrypoint } = run({ init: 'systemd' });
  assert.equal([Cmd, StopSignal, Entrypoint], [['/lib/systemd/systemd'], 'SIGRTMIN+3', undefined]);
});

test("without an init the template's command takes the place of the base's command and entrypoint", () => {
  const { Cmd, Entrypoint, StopSignal } = run({ command: ['/usr/bin/tool', '--now'] });
  assert.equal([Cmd, Entrypoint, StopSignal], [['/usr/bin/tool', '--now'], undefined, 'SIGQUIT']);
  assert.equal(run({}).Cmd, [], 'none means none, not that of the base');
});

test('what the template does not say is as the base has it', () => {
  const { User, WorkingDir, ExposedPorts, Env } = run({});
  assert.equal([User, WorkingDir, ExposedPorts, Env], ['base', '/base', { '1/tcp': {} }, BASE.Env]);
});

test('what it says wins, a variable over one of its name alone', () => {
  const said = run({
    user: 'app',
    workdir: '/srv',
    env: { LANG: 'de', MULTI: 'c', NEW: 'a=b' },
    ports: ['80', '53/udp'],
  });
  assert.equal([said.User, said.WorkingDir], ['app', '/srv']);
  assert.equal(said.Env, ['PATH=/bin', 'LANG=de', 'MULTI=c', 'NEW=a=b']);
  assert.equal(said.ExposedPorts, { '80/tcp': {}, '53/udp': {} });
});

test('labels name the template and the tree, and no bake', () => {
  const { Labels } = run({});
  assert.equal(Labels, { of: 'base', 'kiln.template': 'web', 'kiln.digest': TREE });
});

test('a base that says nothing adds nothing', () => {
  const keys = Object.keys(run({}, {})).sort();
  assert.equal(keys, ['Cmd', 'Labels']);
});

test.run();
