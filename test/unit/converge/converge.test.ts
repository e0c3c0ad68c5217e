import * as assert from 'uvu/assert';
import { type ConvergeOptions, converge } from '../../../src/converge/converge.ts';
import { Fault } from '../../../src/core/fault.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { captured } from './captured.ts';
import { scriptedMachine } from './scripted-machine.ts';
import { ansibleStep, puppetStep, shellStep } from './steps.ts';

const test = suite('converging');

function options(run: 'converge' | 'prove', signal: AbortSignal, lines: string[] = []): ConvergeOptions {
  const log = { output: (line: string) => void lines.push(line), note: () => {} };
  return { bundle: '/run/kiln/bundle', base: 'debian-12', run, log, signal };
}

test('says which tool the base lacks and which package brings it, before anything is run', async ({
  signal,
}) => {
  const machine = scriptedMachine((argv) =>
    argv[2]?.includes('command -v') ? { stdout: 'puppet\n' } : undefined,
  );
  const steps = [shellStep('s/a.sh', { creates: '/x' }), puppetStep('p/web.pp')];
  const fault = await rejects(converge(machine, steps, options('converge', signal)), {
    code: 'TOOL_MISSING',
  });
  assert.is(fault.message, 'puppet is not in the base debian-12: include puppet-agent');
  assert.is(fault.exitCode, 1);
  assert.is(machine.ran.length, 1);
});

test('runs the steps in their order and stops at the first that fails', async ({ signal }) => {
  const machine = scriptedMachine((argv) =>
    argv.includes('s/b.sh') ? { exitCode: 3, stderr: 'no\n' } : undefined,
  );
  const steps = ['s/a.sh', 's/b.sh', 's/c.sh'].map((script) =>
    shellStep(script, { 'always-changes': 'a test' }),
  );
  const fault = await rejects(converge(machine, steps, options('converge', signal)), {
    code: 'CONVERGE_FAILED',
  });
  assert.equal(fault.details, ['s/b.sh: exit code 3: no']);
  const scripts = machine.ran.filter((argv) => argv[1] === '-eu').map((argv) => argv[2]);
  assert.equal(scripts, ['s/a.sh', 's/b.sh']);
});

test('leaves out the steps that have run before, and tells of each that has run now', async ({ signal }) => {
  const machine = scriptedMachine((argv) =>
    argv.includes('s/d.sh') ? { exitCode: 3, stderr: 'no\n' } : undefined,
  );
  const steps = ['s/a.sh', 's/b.sh', 's/c.sh', 's/d.sh'].map((script) =>
    shellStep(script, { 'always-changes': 'a test' }),
  );
  const told: number[] = [];
  const onStep = async (step: number) => void told.push(step);
  const running = converge(machine, steps, { ...options('converge', signal), after: 1, onStep });
  await rejects(running, { code: 'CONVERGE_FAILED' });
  const scripts = machine.ran.filter((argv) => argv[1] === '-eu').map((argv) => argv[2]);
  assert.equal(scripts, ['s/b.sh', 's/c.sh', 's/d.sh']);
  assert.equal(told, [2, 3], 'and not of one that failed');
});

test('lists each failed resource with its place, and counts what was skipped for it', async ({ signal }) => {
  const { exitCode, report } = await captured('puppet-fails');
  const machine = scriptedMachine(([program]) =>
    program === 'puppet' ? { exitCode } : program === 'cat' ? { stdout: report } : undefined,
  );
  const failing = converge(machine, [puppetStep('p/fails.pp')], options('converge', signal));
  const fault = await rejects(failing, { code: 'CONVERGE_FAILED' });
  assert.is(fault.message, 'puppet p/fails.pp: 2 of 5 resources failed');
  assert.match(fault.details[0] ?? '', /^Exec\[bad\] p\/fails\.pp:1: change from 'notrun'/);
  assert.is(fault.details[1], '  oops');
  assert.match(fault.details.at(-1) ?? '', '2 skipped');
});

test('a tool that fails without saying why is shown with its last lines', async ({ signal }) => {
  const machine = scriptedMachine(([program]) =>
    program === 'ansible-playbook' ? { exitCode: 250, stdout: 'Traceback\nMemoryError\n' } : undefined,
  );
  const failing = converge(machine, [ansibleStep('a/app.yml')], options('converge', signal));
  const fault = await rejects(failing, { code: 'CONVERGE_FAILED' });
  assert.match(fault.details.join('\n'), 'ansible-playbook exited with 250');
});

test('a puppet that is killed is a failure, although its output names no error', async ({ signal }) => {
  const machine = scriptedMachine(([program]) => {
    if (program === 'puppet') return { exitCode: 137, stdout: 'Notice: Compiled catalog\n' };
    return program === 'cat' ? { stdout: '{"resource_statuses": {"Fi' } : undefined;
  });
  const failing = converge(machine, [puppetStep('p/web.pp')], options('converge', signal));
  const fault = await rejects(failing, { code: 'CONVERGE_FAILED' });
  assert.equal(fault.details, ['puppet p/web.pp: puppet exited with 137', '  Notice: Compiled catalog']);
});

test('a step that never ends is named, with its last lines', async ({ signal }) => {
  const machine = scriptedMachine((argv, { onLine, timeout }) => {
    if (argv[1] !== '-eu') return undefined;
    for (let line = 1; line <= 30; line += 1) onLine?.(`line ${line}`, 'stdout');
    throw new Fault('TIMEOUT', `sh did not end within ${timeout} ms`);
  });
  const steps = [shellStep('s/slow.sh', { 'always-changes': 'a test' }, 1500)];
  const fault = await rejects(converge(machine, steps, options('converge', signal)), { code: 'TIMEOUT' });
  assert.is(fault.message, 'shell s/slow.sh did not end within 1.5 s');
  assert.is(fault.details.length, 20);
  assert.is(fault.details.at(-1), 'line 30');
});

test('a script is not run while its guard says that there is nothing to do', async ({ signal }) => {
  const machine = scriptedMachine(() => undefined);
  const [result] = await converge(
    machine,
    [shellStep('s/a.sh', { creates: '/x' })],
    options('converge', signal),
  );
  assert.equal(result?.resources, [
    { resource: 's/a.sh', state: 'unchanged', file: 's/a.sh', message: 'creates /x' },
  ]);
  assert.not.ok(machine.ran.some((argv) => argv.includes('-eu')));
});

test('a script that ran without satisfying its guard has failed', async ({ signal }) => {
  const machine = scriptedMachine((argv) => (argv[0] === 'test' ? { exitCode: 1 } : undefined));
  const steps = [shellStep('s/a.sh', { creates: '/x' })];
  const fault = await rejects(converge(machine, steps, options('converge', signal)), {
    code: 'CONVERGE_FAILED',
  });
  assert.equal(fault.details, ['s/a.sh: ran, but its guard still says that it has to run: creates /x']);
});

test('a script that always changes is run once, and skipped with its reason in the second run', async ({
  signal,
}) => {
  const machine = scriptedMachine(() => undefined);
  const steps = [shellStep('s/a.sh', { 'always-changes': 'makes a key' })];
  const [first] = await converge(machine, steps, options('converge', signal));
  const [second] = await converge(machine, steps, options('prove', signal));
  assert.is(first?.resources[0]?.state, 'changed');
  assert.equal(second?.resources, [
    { resource: 's/a.sh', state: 'skipped', file: 's/a.sh', message: 'makes a key' },
  ]);
  assert.is(machine.ran.filter((argv) => argv.includes('-eu')).length, 1);
});

test('a failure in the second run says so', async ({ signal }) => {
  const machine = scriptedMachine((argv) =>
    argv[0] === 'test' || argv[1] === '-eu' ? { exitCode: 1 } : undefined,
  );
  const steps = [shellStep('s/a.sh', { creates: '/x' })];
  const fault = await rejects(converge(machine, steps, options('prove', signal)), {
    code: 'CONVERGE_FAILED',
  });
  assert.match(fault.message, 'in the second run');
});

test("the shell's own error gives the line of the script", async ({ signal }) => {
  const stderr = 's/a b.sh: 12: nosuch: not found\n';
  const machine = scriptedMachine((argv) => (argv[1] === '-eu' ? { exitCode: 127, stderr } : undefined));
  const steps = [shellStep('s/a b.sh', { 'always-changes': 'a test' })];
  const fault = await rejects(converge(machine, steps, options('converge', signal)), {
    code: 'CONVERGE_FAILED',
  });
  assert.match(fault.details[0] ?? '', /^s\/a b\.sh:12: exit code 127/);
});

test("hands each line of the tool's output to the log", async ({ signal }) => {
  const lines: string[] = [];
  const machine = scriptedMachine((argv, { onLine }) => {
    if (argv[1] === '-eu') onLine?.('Setting up jq', 'stdout');
    return undefined;
  });
  const steps = [shellStep('s/a.sh', { 'always-changes': 'a test' })];
  await converge(machine, steps, options('converge', signal, lines));
  assert.equal(lines, ['Setting up jq']);
});

test('lets a lost machine be what it is', async ({ signal }) => {
  const machine = scriptedMachine(() => {
    throw new Fault('MACHINE_LOST', 'gone');
  });
  await rejects(converge(machine, [puppetStep('p/web.pp')], options('converge', signal)), {
    code: 'MACHINE_LOST',
  });
});

test.run();
