import { spawnSync } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { planSteps } from '../../../src/converge/plan-steps.ts';
import { runScript } from '../../../src/converge/run-script.ts';
import type { Step } from '../../../src/converge/step.ts';
import { shellJoin } from '../../../src/core/shell-quote.ts';
import { suite } from '../../support/suite.ts';
import { ansibleStep, puppetStep, shellStep } from './steps.ts';
import { workspaceWith } from './workspace.ts';

const test = suite('the script that runs a bundle by hand');

/** Runs the script of some shell steps beside a few files, as if by root; `tell` in a script prints a line. */
async function run(steps: Step[], files: Record<string, string>) {
  await using workspace = await workspaceWith(files);
  await workspace.write('run.sh', runScript(planSteps(steps)));
  await workspace.write('bin/id', '#!/bin/sh\necho 0\n', 0o755);
  const env = { ...process.env, PATH: `${workspace.root}/bin:${process.env['PATH']}` };
  const { status, stdout, stderr } = spawnSync('sh', [join(workspace.root, 'run.sh')], {
    env,
    encoding: 'utf8',
  });
  const injected = await access(join(workspace.root, 'injected')).then(
    () => true,
    () => false,
  );
  return { status, stdout, stderr, injected };
}

test('runs every step in order, in the folder of the bundle', async () => {
  const steps = ['s/b.sh', 's/a.sh'].map((script) => shellStep(script, { 'always-changes': 'a test' }));
  const { status, stdout } = await run(steps, { 's/a.sh': 'echo a\n', 's/b.sh': 'echo b; ls s\n' });
  assert.is(status, 0);
  assert.is(stdout, 'b\na.sh\nb.sh\na\n');
});

test('stops at the first step that fails and exits with its code', async () => {
  const steps = ['s/a.sh', 's/b.sh'].map((script) => shellStep(script, { 'always-changes': 'a test' }));
  const { status, stdout, stderr } = await run(steps, { 's/a.sh': 'exit 7\n', 's/b.sh': 'echo b\n' });
  assert.is(status, 7);
  assert.is(stdout, '');
  assert.match(stderr, 'failed: shell s/a.sh');
});

test('leaves out a step whose guard holds, and fails when it still does not hold afterwards', async () => {
  const kept = await run([shellStep('s/a.sh', { unless: 'test -e s/a.sh' })], { 's/a.sh': 'echo ran\n' });
  assert.equal([kept.status, kept.stdout], [0, '']);
  const failed = await run([shellStep('s/a.sh', { unless: 'test -e made' })], { 's/a.sh': 'echo ran\n' });
  assert.equal([failed.status, failed.stdout], [1, 'ran\n']);
  const made = await run([shellStep('s/a.sh', { creates: 'made' })], { 's/a.sh': 'touch made\n' });
  assert.is(made.status, 0);
});

test('says which tool is missing', async () => {
  await using workspace = await workspaceWith({ 'run.sh': runScript(planSteps([puppetStep('p/web.pp')])) });
  await workspace.write('bin/id', '#!/bin/sh\necho 0\n', 0o755);
  await workspace.write('bin/dirname', '#!/bin/sh\necho .\n', 0o755);
  const { status, stderr } = spawnSync('/bin/sh', ['run.sh'], {
    cwd: workspace.root,
    env: { PATH: join(workspace.root, 'bin') },
    encoding: 'utf8',
  });
  assert.is(status, 1);
  assert.is(stderr, 'puppet is missing: install puppet-agent\n');
});

for (const script of [
  `s/a 'b" $(touch injected); touch injected; c.sh`,
  's/new\ntouch injected\n.sh',
  '-n.sh',
]) {
  test(`runs a script whose name is ${JSON.stringify(script)}`, async () => {
    const steps = [shellStep(script, { 'always-changes': "it's a $(touch injected)\ntouch injected" })];
    const { status, stdout, injected } = await run(steps, { [script]: 'echo ran\n' });
    assert.equal([status, stdout, injected], [0, 'ran\n', false]);
  });
}

test('runs the very command lines that a bake runs', () => {
  const provisioners = planSteps([
    puppetStep("p/it's.pp", { modules: ['p/mod ules'] }),
    ansibleStep('a/app.yml'),
  ]);
  const script = runScript(provisioners);
  for (const { run } of provisioners) assert.match(script, shellJoin(run.argv));
});

test.run();
