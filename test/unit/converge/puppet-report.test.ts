import * as assert from 'uvu/assert';
import { readPuppetReport } from '../../../src/converge/puppet-report.ts';
import { suite } from '../../support/suite.ts';
import { captured } from './captured.ts';

const test = suite('reading a puppet run');

test('a changed resource is named with its place in the workspace', async () => {
  const { version, resources } = readPuppetReport(await captured('puppet-changes'), 'p/changes.pp');
  assert.is(version, '7.23.0');
  assert.equal(resources[0], {
    resource: 'Exec[stamp]',
    state: 'changed',
    file: 'p/mods/m/manifests/init.pp',
    line: 2,
    message: 'executed successfully',
  });
});

test("Puppet's own schedules and buckets are left out", async () => {
  const outcome = await captured('puppet-changes');
  assert.match(outcome.report, 'Schedule[daily]');
  const { resources } = readPuppetReport(outcome, 'p/changes.pp');
  assert.equal(
    resources.map(({ resource }) => resource),
    ['Exec[stamp]', 'File[/opt/kept]'],
  );
});

test('failed, skipped and noop resources are told apart', async () => {
  const { resources } = readPuppetReport(await captured('puppet-fails'), 'p/fails.pp');
  assert.equal(
    resources.map(({ resource, state, line }) => `${resource} ${state} ${line}`),
    [
      'Exec[bad] failed 1',
      'File[/opt/after] skipped 4',
      'File[/opt/before] changed 5',
      'Exec[left] skipped 6',
      'Service[nosuch] failed 7',
    ],
  );
});

test('a failed exec is shown with what it printed', async () => {
  const { resources } = readPuppetReport(await captured('puppet-fails'), 'p/fails.pp');
  assert.match(resources[0]?.message ?? '', /returned 3 instead of one of \[0\]\noops$/);
});

test("a manifest with a syntax error fails with Puppet's own position", async () => {
  const { resources } = readPuppetReport(await captured('puppet-syntax'), 'p/syntax.pp');
  assert.equal(resources, [
    {
      resource: 'p/syntax.pp',
      state: 'failed',
      file: 'p/syntax.pp',
      line: 3,
      message: "Could not parse for environment production: Syntax error at '}' (column 1)",
    },
  ]);
});

test('each resource of a dependency cycle is failed', async () => {
  const { resources } = readPuppetReport(await captured('puppet-cycle'), 'p/cycle.pp');
  assert.equal(
    resources.map(({ resource, state }) => `${resource} ${state}`),
    ['File[/a] failed', 'File[/b] failed'],
  );
});

test('a very long message is cut', async () => {
  const outcome = await captured('puppet-changes');
  const report = outcome.report.replaceAll('executed successfully', 'x'.repeat(5000));
  const { resources } = readPuppetReport({ ...outcome, report }, 'p/changes.pp');
  assert.is(resources[0]?.message?.length, 2001);
});

test.run();
