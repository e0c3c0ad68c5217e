import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { bakeWorkspace } from '../support/bake-workspace.ts';
import { missing } from '../support/engines.ts';
import { type Failed, failedBake, makeBases } from '../support/failed-bake.ts';
import { readRecord } from '../support/records.ts';
import { suite } from '../support/suite.ts';

const test = suite('a bake that fails', { skip: await missing('docker') });

/** A template of one step, in containers without an init of their own. */
function template(step: string, more = '', base = 'debian-12-minimal'): string {
  return `name: test-fault
base: ${base}
converge:
  - ${step}
container: { init: none, command: [sleep, "60"] }
${more}`;
}

const SHELL = template('shell: { script: provisioners/step.sh, creates: /opt/done }');

/** The number of `file` in what was said, which must be there. */
function at(failed: Failed, place: string): void {
  assert.ok(failed.said.includes(place), `${place} is not in\n${failed.said}`);
  assert.ok(failed.stderr.includes(place), `${place} is not in\n${failed.stderr}`);
}

const NOT_TAKEN: readonly { what: string; files: Record<string, string>; says: readonly string[] }[] = [
  {
    what: 'a key that is not known',
    files: { 'templates/test-fault.yaml': SHELL.replace('converge:', 'convrge:') },
    says: ['templates/test-fault.yaml:3:1  unknown key `convrge`', 'did you mean `converge`?'],
  },
  {
    what: 'a key that is there twice',
    files: { 'templates/test-fault.yaml': `${SHELL}base: debian-12\n` },
    says: ['templates/test-fault.yaml:6:1  ', '`base`'],
  },
  {
    what: 'a value of the wrong type',
    files: { 'templates/test-fault.yaml': `${SHELL}probe: { success-threshold: often }\n` },
    says: ['templates/test-fault.yaml:6:29  '],
  },
  {
    what: 'a tab',
    files: { 'templates/test-fault.yaml': SHELL.replace('  - shell', '\t- shell') },
    says: ['templates/test-fault.yaml:4:1  ', 'tab'],
  },
  {
    what: 'an empty template',
    files: { 'templates/test-fault.yaml': '' },
    says: ['templates/test-fault.yaml:1:1  ', 'empty'],
  },
  {
    what: 'a base that is not there',
    files: {
      'templates/test-fault.yaml': template(
        'shell: { script: provisioners/step.sh, creates: /x }',
        '',
        'debian-13',
      ),
    },
    says: ['templates/test-fault.yaml:2:7  there is no base `debian-13`'],
  },
  {
    what: 'a cycle of bases',
    files: {
      'templates/test-fault.yaml': SHELL.replace('debian-12-minimal', 'round'),
      'templates/bases/round.yaml': 'bake: test-fault\n',
    },
    says: ['templates/test-fault.yaml:2:7  ', 'test-fault → base round → test-fault'],
  },
  {
    what: 'a path that leads out',
    files: { 'templates/test-fault.yaml': SHELL.replace('provisioners/step.sh', '../step.sh') },
    says: ['templates/test-fault.yaml:4:22  ', 'leads out of the workspace'],
  },
  {
    what: 'a link that leads out',
    files: {
      'templates/test-fault.yaml': SHELL.replace('provisioners/step.sh', 'provisioners/out/hostname'),
    },
    says: ['templates/test-fault.yaml:4:22  ', 'leads out of the workspace'],
  },
  {
    what: 'a file that is not there',
    files: { 'templates/test-fault.yaml': SHELL.replace('step.sh', 'stop.sh') },
    says: ['templates/test-fault.yaml:4:22  ', 'provisioners/stop.sh'],
  },
];

for (const { what, files, says } of NOT_TAKEN) {
  test(`${what} is bad input, told with its place before any engine is asked`, async ({ signal }) => {
    await using workspace = await bakeWorkspace({ 'provisioners/step.sh': 'true\n', ...files });
    await symlink('/etc', join(workspace.root, 'provisioners/out'));
    const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
    const expected = { exitCode: 2, code: 'CONFIG_INVALID' } as const;
    const failed = await failedBake(workspace, ['test-fault'], expected, { signal, env });
    for (const text of says) at(failed, text);
  });
}

test('a template’s name goes to no shell, whatever is in it', async ({ signal }) => {
  await using workspace = await bakeWorkspace({
    'templates/test-fault.yaml': SHELL,
    'provisioners/step.sh': 'true\n',
  });
  const names = ['a b', 'it\'s "so"', 'a; touch pwned', '$(touch pwned)', '`touch pwned`', '../test-fault'];
  for (const name of names) {
    const failed = await failedBake(workspace, [name], { exitCode: 2, code: 'TEMPLATE_UNKNOWN' }, { signal });
    at(failed, name);
  }
  assert.equal((await readdir(workspace.root)).sort(), ['provisioners', 'templates']);
});

test('a script’s name goes to no shell either: one full of quotes and commands bakes', async ({ signal }) => {
  const name = `it's "a"; b $(touch pwned) \`touch pwned\` & #.sh`;
  await using workspace = await bakeWorkspace({
    'templates/test-names.yaml': `name: test-names
base: debian-12-minimal
converge:
  - shell: { script: ${JSON.stringify(`provisioners/${name}`)}, creates: "/opt/it's; $(touch pwned)" }
checks:
  file: { "/opt/it's; $(touch pwned)": { exists: true }, /run/kiln/bundle/pwned: { exists: false }, /pwned: { exists: false } }
container: { init: none, command: [sleep, "60"] }
`,
    [`provisioners/${name}`]: `test ! -e pwned; test ! -e /pwned; touch "/opt/it's; \\$(touch pwned)"\n`,
  });
  const { exitCode, stderr } = await workspace.bake(['image', 'test-names'], { signal });
  assert.is(exitCode, 0, stderr);
  assert.equal((await readdir(workspace.root)).sort(), ['provisioners', 'templates']);
  const record = await readRecord(workspace, 'test-names', signal);
  assert.is(record.converge[0]?.resources[0]?.resource, `provisioners/${name}`);
});

test('a provisioner with a mistake in its syntax is told with file and line', async ({ signal }) => {
  await makeBases(['debian-12-minimal', 'debian-12', 'debian-12-ansible'], signal);
  const cases = [
    {
      files: {
        'templates/test-fault.yaml': SHELL,
        'provisioners/step.sh': 'echo fine\nif true; then\n',
      },
      says: /provisioners\/step\.sh:\d: exit code 2: .*[Ss]yntax error/,
    },
    {
      files: {
        'templates/test-fault.yaml': template('puppet: { manifest: provisioners/site.pp }', '', 'debian-12'),
        'provisioners/site.pp': "# a site\nfile { '/opt/x': ensure => }\n",
      },
      says: /provisioners\/site\.pp:2: .*[Ss]yntax error/,
    },
    {
      files: {
        'templates/test-fault.yaml': template(
          'ansible: { playbook: provisioners/site.yml }',
          '',
          'debian-12-ansible',
        ),
        'provisioners/site.yml': '- hosts: all\n  tasks:\n    - name: [oh\n',
      },
      says: /provisioners\/site\.yml:\d: /,
    },
  ];
  for (const { files, says } of cases) {
    await using workspace = await bakeWorkspace(files);
    const expected = { exitCode: 1, code: 'CONVERGE_FAILED' } as const;
    const failed = await failedBake(workspace, ['test-fault'], expected, { signal });
    assert.match(failed.said, says);
    assert.match(failed.stderr, says);
  }
});

test('a resource that fails is named with file, line and what it said', async ({ signal }) => {
  await makeBases(['debian-12'], signal);
  await using workspace = await bakeWorkspace({
    'templates/test-fault.yaml': template('puppet: { manifest: provisioners/site.pp }', '', 'debian-12'),
    'provisioners/site.pp': `file { '/opt/fine': ensure => file }

exec { 'breaks': command => '/bin/sh -c "echo no luck; exit 7"', logoutput => true }
-> file { '/opt/after': ensure => file }
`,
  });
  const expected = { exitCode: 1, code: 'CONVERGE_FAILED' } as const;
  const failed = await failedBake(workspace, ['test-fault'], expected, { signal });
  assert.is(failed.fault.message, 'puppet provisioners/site.pp: 1 of 3 resources failed');
  at(failed, 'Exec[breaks] provisioners/site.pp:3: ');
  assert.match(failed.said, /7 instead of one of \[0\]/);
  at(failed, '1 skipped');
});

test('a step that never ends is given up in time, with what it said last', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  await using workspace = await bakeWorkspace({
    'templates/test-fault.yaml': template(
      'shell: { script: provisioners/step.sh, creates: /opt/done }\n    timeout: 3s',
    ),
    'provisioners/step.sh': 'echo waiting for the tide\nsleep 600 & sleep 600\n',
  });
  const started = performance.now();
  const failed = await failedBake(workspace, ['test-fault'], { exitCode: 1, code: 'TIMEOUT' }, { signal });
  const took = performance.now() - started;
  assert.ok(took > 3000 && took < 20_000, `it took ${took} ms`);
  assert.is(failed.fault.message, 'shell provisioners/step.sh did not end within 3 s');
  at(failed, 'waiting for the tide');
});

const STAMP = `file { '/opt/golden': content => "golden\\n" }

exec { 'stamp': command => '/bin/date > /opt/stamp', provider => shell }
`;

test('what changes again in the second run is named, and passes once it is allowed for a reason', async ({
  signal,
}) => {
  await makeBases(['debian-12'], signal);
  const step = 'puppet: { manifest: provisioners/site.pp }';
  await using workspace = await bakeWorkspace({
    'templates/test-fault.yaml': template(step, '', 'debian-12'),
    'provisioners/site.pp': STAMP,
  });
  const expected = { exitCode: 1, code: 'NOT_IDEMPOTENT' } as const;
  const failed = await failedBake(workspace, ['test-fault'], expected, { signal });
  assert.is(failed.fault.message, 'changed again in the second run: Exec[stamp]');
  at(failed, 'Exec[stamp] provisioners/site.pp:3: ');

  const allowed = 'allow-changes: [{ resource: "Exec[stamp]", reason: It tells the time }]\n';
  await workspace.write({ 'templates/test-fault.yaml': template(step, allowed, 'debian-12') });
  const { exitCode, stderr } = await workspace.bake(['image', 'test-fault'], { signal });
  assert.is(exitCode, 0, stderr);
  const { prove } = await readRecord(workspace, 'test-fault', signal);
  assert.equal(prove.allowed, [
    {
      resource: 'Exec[stamp]',
      reason: 'It tells the time',
      step: 'puppet provisioners/site.pp',
      file: 'provisioners/site.pp',
      line: 3,
    },
  ]);
});

/** A template on systemd whose one step makes and starts a unit of this text, and is checked for what is given. */
function withUnit(unit: string, checks: string): Record<string, string> {
  return {
    'templates/test-fault.yaml': `name: test-fault
base: debian-12
converge:
  - shell: { script: provisioners/unit.sh, creates: /etc/systemd/system/golden.service }
checks:
  service: { golden: { running: true } }
${checks}
probe: { timeout: 8s, interval: 500ms, success-threshold: 2, stable-for: 1s }
`,
    'provisioners/unit.sh': `cat >/etc/systemd/system/golden.service <<'UNIT'
${unit}
UNIT
systemctl daemon-reload
systemctl start --no-block golden
`,
  };
}

test('a service that is down is told with its last lines', async ({ signal }) => {
  await makeBases(['debian-12'], signal);
  const unit = '[Service]\nExecStart=/bin/sh -c "echo the tide is out; exit 3"';
  await using workspace = await bakeWorkspace(withUnit(unit, ''));
  const failed = await failedBake(
    workspace,
    ['test-fault'],
    { exitCode: 1, code: 'CHECK_FAILED' },
    { signal },
  );
  assert.is(failed.fault.message, 'test-fault is not healthy: service golden');
  at(failed, 'service golden: running — expected true, actual false (failed, exit status 3), waited');
  at(failed, 'journal: the tide is out');
});

test('a service that crashes and comes back is down, though it is active at most looks', async ({
  signal,
}) => {
  await makeBases(['debian-12'], signal);
  const unit = `[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sh -c "echo going under; sleep 0.3; exit 1"
Restart=always
RestartSec=0`;
  await using workspace = await bakeWorkspace(withUnit(unit, ''));
  const failed = await failedBake(
    workspace,
    ['test-fault'],
    { exitCode: 1, code: 'CHECK_FAILED' },
    { signal },
  );
  assert.match(failed.said, /service golden: running — expected true, actual false .*restarted \d+ times in/);
  at(failed, 'journal: going under');
});

test('a service that is up on the wrong port is not healthy', async ({ signal }) => {
  await makeBases(['debian-12'], signal);
  // systemd reads $$ as one $
  const listen =
    'use IO::Socket::INET; my $$s = IO::Socket::INET->new(LocalPort => 8081, Listen => 5); sleep';
  const unit = `[Service]\nExecStart=/usr/bin/perl -e '${listen}'`;
  await using workspace = await bakeWorkspace(withUnit(unit, '  port: { "tcp:8080": { listening: true } }'));
  const failed = await failedBake(
    workspace,
    ['test-fault'],
    { exitCode: 1, code: 'CHECK_FAILED' },
    { signal },
  );
  assert.is(failed.fault.message, 'test-fault is not healthy: port tcp:8080');
  assert.match(failed.said, /port tcp:8080: listening — expected true, actual false, waited ([789]|1\d)/);
  at(failed, 'listening: tcp:8081');
});

test('a tool that the base lacks is told with the package that brings it', async ({ signal }) => {
  await makeBases(['debian-12'], signal);
  await using workspace = await bakeWorkspace({
    'templates/test-fault.yaml': template('ansible: { playbook: provisioners/site.yml }', '', 'debian-12'),
    'provisioners/site.yml': '- hosts: all\n',
  });
  const failed = await failedBake(
    workspace,
    ['test-fault'],
    { exitCode: 1, code: 'TOOL_MISSING' },
    { signal },
  );
  assert.is(failed.fault.message, 'ansible-playbook is not in the base debian-12: include ansible-core');
  at(failed, 'templates/bases/debian-12.yaml');
});

test('a service blocker and a secret key are found in the sealed tree', async ({ signal }) => {
  await makeBases(['debian-12-minimal'], signal);
  const key = `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'.repeat(2).slice(0, 58)}`;
  await using workspace = await bakeWorkspace({
    'templates/test-fault.yaml': SHELL,
    'provisioners/step.sh': `printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
mkdir -p /opt/done; head -c 300000 /dev/zero > /opt/done/key; echo '${key}' >> /opt/done/key
`,
  });
  const expected = { exitCode: 1, code: 'SEAL_INCOMPLETE' } as const;
  const failed = await failedBake(workspace, ['test-fault'], expected, { signal });
  assert.equal([...failed.fault.details].sort(), [
    '/opt/done/key: an age identity',
    '/usr/sbin/policy-rc.d: a service blocker left by the bake',
  ]);
  assert.not.match(failed.stderr, key);
});

test.run();
