import * as assert from 'uvu/assert';
import { buildBundle } from '../../src/converge/bundle.ts';
import { converge } from '../../src/converge/converge.ts';
import { assertProven } from '../../src/converge/prove.ts';
import { BUNDLE_FOLDER, stageBundle } from '../../src/converge/stage-bundle.ts';
import type { Step } from '../../src/converge/step.ts';
import { Scope } from '../../src/core/scope.ts';
import type { Machine } from '../../src/platforms/platform.ts';
import { missing } from '../support/engines.ts';
import { startTestMachine } from '../support/machine.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';
import { ansibleStep, puppetStep, shellStep } from '../unit/converge/steps.ts';
import { workspaceWith } from '../unit/converge/workspace.ts';

const test = suite('converging a real machine', { skip: await missing('docker') });

type Files = Readonly<Record<string, string>>;
const ANSIBLE = 'debian-12-ansible';

/** Stages a workspace of these files and gives the two runs of its steps. */
async function stage(machine: Machine, files: Files, steps: Step[], signal: AbortSignal) {
  await using workspace = await workspaceWith(files);
  await stageBundle(machine, await buildBundle(workspace.root, steps, signal), BUNDLE_FOLDER, signal);
  const lines: string[] = [];
  const log = { output: (line: string) => void lines.push(line), note: () => {} };
  const options = { bundle: BUNDLE_FOLDER, base: 'debian-12', log, signal };
  return {
    lines,
    converge: () => converge(machine, steps, { ...options, run: 'converge' }),
    prove: () => converge(machine, steps, { ...options, run: 'prove' }),
  };
}

async function shellOutput(machine: Machine, script: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await machine.exec(['sh', '-c', script], { signal, timeout: 60_000 });
  return stdout;
}

test('puppet: the second run of a good manifest finds nothing to do', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd' });
  const manifest = 'file { "/srv/site": ensure => directory }\n-> file { "/srv/site/a": content => "a" }\n';
  const run = await stage(machine, { 'p/site.pp': manifest }, [puppetStep('p/site.pp')], signal);
  const [first] = await run.converge();
  assert.equal(
    first?.resources.map(({ resource, state, file, line }) => `${resource} ${state} ${file}:${line}`),
    ['File[/srv/site] changed p/site.pp:1', 'File[/srv/site/a] changed p/site.pp:2'],
  );
  assert.match(first?.version ?? '', /^\d+\.\d+/);
  assert.match(run.lines.join('\n'), 'File[/srv/site]/ensure: created');
  const second = await run.prove();
  assert.equal(
    second[0]?.resources.map(({ state }) => state),
    ['unchanged', 'unchanged'],
  );
  assert.equal(assertProven(second, []), { allowed: [], unproven: [], unused: [] });
});

test('puppet: facts keep their types, and names with shell syntax stay what they are', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd' });
  const odd = `it's "$(touch /opt/injected)"; touch /opt/injected #`;
  const name = `p/a 'b" $(touch \${PATH}); c.pp`;
  const files = {
    [name]: 'include odd\n',
    'p/mod ules/odd/manifests/init.pp': `class odd {
  $count = $facts['count'] + 1
  if $facts['on'] =~ Boolean and $facts['on'] { file { '/opt/typed': content => "\${count}" } }
  file { '/opt/odd': content => $facts['odd'] }
  file { '/opt/hiera': content => lookup('word') }
}
`,
    'p/hi era.yaml': 'version: 5\nhierarchy:\n  - { name: all, datadir: "da ta", path: all.yaml }\n',
    'p/da ta/all.yaml': 'word: "from; $(hiera)"\n',
  };
  const settings = {
    modules: ['p/mod ules'],
    hiera: 'p/hi era.yaml',
    data: ['p/da ta'],
    facts: { odd, count: 41, on: true },
  };
  const run = await stage(machine, files, [puppetStep(name, settings)], signal);
  await run.converge();
  assert.is(await shellOutput(machine, 'cat /opt/odd', signal), odd);
  assert.is(
    await shellOutput(machine, 'cat /opt/typed /opt/hiera; ls /opt', signal),
    '42from; $(hiera)hiera\nodd\ntyped\n',
  );
});

test('puppet: leaves nothing of its own in the tree', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd' });
  const files = { 'p/site.pp': 'file { "/srv/a": content => "a" }\n' };
  const run = await stage(machine, files, [puppetStep('p/site.pp')], signal);
  await shellOutput(machine, 'sleep 1; touch /opt/before; sleep 1', signal);
  await run.converge();
  const made = await shellOutput(machine, NEWER_FILES, signal);
  assert.equal(
    made.split('\n').filter((path) => path !== '' && !path.startsWith('/var/lib/systemd/')),
    ['/srv/a'],
  );
});

const NEWER_FILES = `find / -xdev \\( -path /proc -o -path /var/log -o -path /tmp -o -path /var/tmp \\) -prune \\
  -o -newer /opt/before -type f -print | sort`;

test('puppet: an exec without a guard is not idempotent, and is named with its place', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd' });
  const files = { 'p/site.pp': 'include stamp\n', 'p/modules/stamp/manifests/init.pp': STAMP };
  const run = await stage(machine, files, [puppetStep('p/site.pp', { modules: ['p/modules'] })], signal);
  await run.converge();
  const second = await run.prove();
  const fault = await rejects(() => assertProven(second, []), { code: 'NOT_IDEMPOTENT' });
  assert.is(fault.exitCode, 1);
  assert.match(fault.details[0] ?? '', /^Exec\[stamp\] p\/modules\/stamp\/manifests\/init\.pp:3: /);
  assert.is(assertProven(second, [{ resource: 'Exec[stamp]', reason: 'a date' }]).allowed.length, 1);
});

const STAMP = `class stamp {
  file { '/opt/stamps': ensure => directory }
  exec { 'stamp': command => '/bin/date > /opt/stamps/last', provider => shell }
}
`;

test('puppet: a schedule does not hide from the second run what changes each time', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd' });
  const manifest =
    "schedule { 'once a day': period => daily }\nexec { '/bin/true': schedule => 'once a day' }\n";
  const run = await stage(machine, { 'p/site.pp': manifest }, [puppetStep('p/site.pp')], signal);
  await run.converge();
  const second = await run.prove();
  await rejects(() => assertProven(second, []), { code: 'NOT_IDEMPOTENT' });
});

test('puppet: a resource that fails stops the bake and says why', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd' });
  const manifest = `exec { 'broken': command => '/bin/sh -c "echo no such luck >&2; exit 3"' }
-> file { '/opt/after': ensure => directory }
service { 'nosuch': ensure => running }
`;
  const run = await stage(machine, { 'p/site.pp': manifest }, [puppetStep('p/site.pp')], signal);
  const fault = await rejects(run.converge(), { code: 'CONVERGE_FAILED' });
  assert.is(fault.exitCode, 1);
  const details = fault.details.join('\n');
  assert.match(details, /^Exec\[broken\] p\/site\.pp:1: .*returned 3.*\n {2}no such luck$/m);
  assert.match(details, /^Service\[nosuch\] p\/site\.pp:3: .*failed/m);
  assert.match(details, /^1 skipped/m);
});

test("puppet: a syntax error is shown with Puppet's own position", async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd' });
  const files = {
    'p/site.pp': 'include broken\n',
    'p/modules/broken/manifests/init.pp': 'class broken {\n  file { "/x":\n    ensure =>\n  }\n}\n',
  };
  const run = await stage(machine, files, [puppetStep('p/site.pp', { modules: ['p/modules'] })], signal);
  const fault = await rejects(run.converge(), { code: 'CONVERGE_FAILED' });
  assert.match(
    fault.details[0] ?? '',
    /p\/modules\/broken\/manifests\/init\.pp:4: .*Syntax error at '}'.*\(column 3\)/,
  );
});

test('puppet: a base without it is told which package to include', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd' });
  await shellOutput(machine, 'rm "$(command -v puppet)"', signal);
  const run = await stage(machine, { 'p/site.pp': '' }, [puppetStep('p/site.pp')], signal);
  const fault = await rejects(run.converge(), { code: 'TOOL_MISSING' });
  assert.is(fault.message, 'puppet is not in the base debian-12: include puppet-agent');
});

test('ansible: the second run of a good playbook finds nothing to do, and odd values arrive as they are', async ({
  signal,
}) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', base: ANSIBLE });
  const odd = `it's "$(touch /opt/injected)"; touch /opt/injected #`;
  const playbook = `a/a 'b" $(touch x); c.yml`;
  const files = {
    [playbook]: '- hosts: all\n  gather_facts: false\n  roles: [odd]\n',
    'a/ro les/odd/tasks/main.yml':
      '- name: an odd file\n  ansible.builtin.copy: { dest: /opt/odd, content: "{{ odd }}", mode: "0644" }\n',
  };
  const steps = [ansibleStep(playbook, { roles: ['a/ro les'], vars: { odd } })];
  const run = await stage(machine, files, steps, signal);
  const [first] = await run.converge();
  assert.match(first?.version ?? '', /^2\./);
  assert.equal(first?.resources, [
    { resource: 'odd : an odd file', state: 'changed', file: 'a/ro les/odd/tasks/main.yml', line: 1 },
  ]);
  assert.is(await shellOutput(machine, 'cat /opt/odd; ls /opt', signal), `${odd}odd\n`);
  const second = await run.prove();
  assert.equal(assertProven(second, []), { allowed: [], unproven: [], unused: [] });
  assert.is(
    await shellOutput(
      machine,
      'ls -A /root/.ansible /tmp | grep -i ansible; find /run/kiln -name "*.pyc"',
      signal,
    ),
    '',
  );
});

test('ansible: a task that changes each time is named with its place, and no_log stays hidden', async ({
  signal,
}) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', base: ANSIBLE });
  const playbook = `- hosts: all
  gather_facts: false
  tasks:
    - name: a secret
      ansible.builtin.command: "echo {{ item }}"
      loop: [hunter2]
      no_log: true
`;
  const run = await stage(machine, { 'a/app.yml': playbook }, [ansibleStep('a/app.yml')], signal);
  await run.converge();
  const second = await run.prove();
  const fault = await rejects(() => assertProven(second, []), { code: 'NOT_IDEMPOTENT' });
  assert.match(fault.details[0] ?? '', /^a secret a\/app\.yml:4: /);
  assert.not.match(JSON.stringify([second, run.lines]), 'hunter2');
});

test('ansible: a failed task, a syntax error and a playbook for other hosts all fail', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', base: ANSIBLE });
  const files = {
    'a/fails.yml':
      '- hosts: all\n  gather_facts: false\n  tasks:\n    - name: boom\n      ansible.builtin.shell: echo bad >&2; exit 7\n',
    'a/syntax.yml': '- hosts: all\n  tasks:\n   - name: x\n    foo: bar\n',
    'a/other.yml': '- hosts: web\n  gather_facts: false\n  tasks:\n    - ansible.builtin.command: "true"\n',
  };
  for (const [playbook, wanted] of [
    ['a/fails.yml', /^boom a\/fails\.yml:4: .*exit code 7: bad/],
    ['a/syntax.yml', /^a\/syntax\.yml:4: /],
    ['a/other.yml', /^a\/other\.yml: .*hosts: all/],
  ] as const) {
    const run = await stage(machine, files, [ansibleStep(playbook)], signal);
    const fault = await rejects(run.converge(), { code: 'CONVERGE_FAILED' });
    assert.match(fault.details[0] ?? '', wanted);
  }
});

test('shell: guards are asked in the machine, and a script that always changes runs once', async ({
  signal,
}) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'none' });
  const files = {
    's/a.sh': 'echo a >> /opt/log; touch "/opt/it is; done"\n',
    's/b.sh': 'echo b >> /opt/log\n',
    's/c.sh': 'echo c >> /opt/log\n',
  };
  const steps = [
    shellStep('s/a.sh', { creates: '/opt/it is; done' }),
    shellStep('s/b.sh', { unless: 'grep -qx b /opt/log' }),
    shellStep('s/c.sh', { 'always-changes': 'a test' }),
  ];
  const run = await stage(machine, files, steps, signal);
  const first = await run.converge();
  assert.equal(
    first.map(({ resources }) => resources[0]?.state),
    ['changed', 'changed', 'changed'],
  );
  const second = await run.prove();
  assert.equal(assertProven(second, []).unproven, [{ resource: 's/c.sh', reason: 'a test' }]);
  assert.is(await shellOutput(machine, 'cat /opt/log', signal), 'a\nb\nc\n');
});

test('shell: a script stops at its first error, with its line', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'none' });
  const files = { 's/a.sh': 'true\nnosuch-program\ntouch /opt/after\n' };
  const run = await stage(machine, files, [shellStep('s/a.sh', { creates: '/opt/after' })], signal);
  const fault = await rejects(run.converge(), { code: 'CONVERGE_FAILED' });
  assert.match(fault.details[0] ?? '', /^s\/a\.sh:2: exit code 127: .*nosuch-program: not found/);
  assert.is(await shellOutput(machine, 'ls /opt', signal), '');
});

test('shell: a script that never ends is ended, and its last lines are shown', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'none' });
  const files = { 's/a.sh': 'echo waiting for godot\nsleep 654\n' };
  const run = await stage(
    machine,
    files,
    [shellStep('s/a.sh', { 'always-changes': 'a test' }, 1500)],
    signal,
  );
  const fault = await rejects(run.converge(), { code: 'TIMEOUT' });
  assert.is(fault.exitCode, 1);
  assert.is(fault.message, 'shell s/a.sh did not end within 1.5 s');
  assert.equal(fault.details, ['waiting for godot']);
  assert.is(await shellOutput(machine, 'grep -lz "65[4]" /proc/[0-9]*/cmdline 2>/dev/null', signal), '');
});

test('the bundle converges a machine by hand, to the same end', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd' });
  const files = { 'p/site.pp': 'file { "/srv/a": content => "a" }\n', 's/a.sh': 'echo a > /srv/b\n' };
  const run = await stage(
    machine,
    files,
    [puppetStep('p/site.pp'), shellStep('s/a.sh', { creates: '/srv/b' })],
    signal,
  );
  const byHand = await machine.exec(['sh', `${BUNDLE_FOLDER}/run.sh`], { signal, timeout: 60_000 });
  assert.is(byHand.exitCode, 0, byHand.stderr);
  const results = await run.prove();
  assert.equal(
    results.flatMap(({ resources }) => resources.map(({ resource, state }) => `${resource} ${state}`)),
    ['File[/srv/a] unchanged', 's/a.sh unchanged'],
  );
});

test.run();
