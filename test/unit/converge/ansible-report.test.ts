import * as assert from 'uvu/assert';
import { readAnsibleReport } from '../../../src/converge/ansible-report.ts';
import { suite } from '../../support/suite.ts';
import { captured } from './captured.ts';

const test = suite('reading an ansible run');

test('each task is named with its place in the workspace and what became of it', async () => {
  const { version, resources } = readAnsibleReport(await captured('ansible-tasks'), 'a/tasks.yml');
  assert.is(version, '2.14.18');
  assert.equal(
    resources.map(({ resource, state, file, line }) => `${resource}: ${state} ${file}:${line}`),
    [
      'a file: changed a/tasks.yml:4',
      'each of them: changed a/tasks.yml:6',
      'a secret: changed a/tasks.yml:10',
      'not here: skipped a/tasks.yml:14',
      'rescued: unchanged a/tasks.yml:18',
      'the rescue: unchanged a/tasks.yml:22',
    ],
  );
});

test('an ignored failure counts by what it changed, and says which item it was', async () => {
  const { resources } = readAnsibleReport(await captured('ansible-tasks'), 'a/tasks.yml');
  assert.is(
    resources[1]?.message,
    'failed, and the playbook goes on: item 3: non-zero return code: exit code 3',
  );
});

test('what no_log hides is nowhere in the report', async () => {
  const { report } = await captured('ansible-tasks');
  assert.match(report, 'a secret');
  assert.not.match(report, 'geheim');
});

test('a failed task says its exit code and what it printed', async () => {
  const { resources } = readAnsibleReport(await captured('ansible-fails'), 'a/fails.yml');
  assert.equal(resources, [
    {
      resource: 'boom',
      state: 'failed',
      file: 'a/fails.yml',
      line: 4,
      message: 'non-zero return code: exit code 7: bad',
    },
  ]);
});

test("a playbook with a syntax error fails with Ansible's own position", async () => {
  const { resources } = readAnsibleReport(await captured('ansible-syntax'), 'a/syntax.yml');
  assert.is(resources.length, 1);
  assert.is(resources[0]?.state, 'failed');
  assert.is(`${resources[0]?.file}:${resources[0]?.line}`, 'a/syntax.yml:4');
  assert.match(resources[0]?.message ?? '', /did not find expected '-' indicator \(column 5\)$/);
});

test('a role that is not there is named with the place that asks for it', async () => {
  const { resources } = readAnsibleReport(await captured('ansible-no-role'), 'a/norole.yml');
  assert.match(resources[0]?.message ?? '', /^the role 'nope' was not found in a\/roles/);
  assert.is(resources[0]?.line, 3);
});

test('a playbook that matches no host fails, although Ansible is content', async () => {
  const outcome = await captured('ansible-no-host');
  assert.is(outcome.exitCode, 0);
  const { resources } = readAnsibleReport(outcome, 'a/nohost.yml');
  assert.is(resources[0]?.state, 'failed');
  assert.match(resources[0]?.message ?? '', 'hosts: all');
});

test.run();
