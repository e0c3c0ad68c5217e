import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { GOOD, LEAST, problemsIn, sampleWorkspace, templateProblems, WEB } from './sample-workspace.ts';

const test = suite('templates');

/** The problems of the least template with these lines, which begin at line 3. */
function withLines(...lines: string[]): Promise<string[]> {
  return templateProblems(`${LEAST}${lines.join('\n')}\n`, { 'provisioners/s.sh': 'true\n' });
}

test("the design's template loads with its times in milliseconds and its sizes in bytes", async () => {
  await using workspace = await sampleWorkspace(GOOD);
  const { problems, templates, bases } = await workspace.load();
  assert.equal(problems, []);
  assert.equal(templates.get('web')?.value, {
    name: 'web',
    base: 'debian-12',
    machine: 'container',
    forms: ['oci', 'disk'],
    converge: [
      {
        puppet: {
          manifest: 'provisioners/puppet/web.pp',
          modules: ['provisioners/puppet/modules'],
          data: [],
          facts: {},
        },
        timeout: 1_800_000,
      },
    ],
    'allow-changes': [],
    checks: {
      service: { nginx: { enabled: true, running: true } },
      port: { 'tcp:80': { listening: true } },
      http: { 'http://127.0.0.1/': { status: 200, body: ['golden'] } },
    },
    probe: { 'start-period': 0, timeout: 60_000, interval: 500, 'success-threshold': 3, 'stable-for': 3000 },
    container: { init: 'systemd' },
    data: {},
    secrets: {},
    state: [],
    disk: { size: 4 * 1024 ** 3, compression: 'none' },
    vm: { memory: 1024, cpus: 2 },
    ami: {},
    instance: {
      type: 't3.small',
      spot: false,
      user: 'admin',
      address: 'public',
      'start-timeout': 600_000,
      'image-timeout': 7_200_000,
    },
  });
  assert.equal(bases.get('debian-12')?.value, {
    name: 'debian-12',
    debian: 'bookworm',
    include: ['systemd-sysv', 'dbus', 'ca-certificates', 'iproute2', 'puppet-agent'],
    boot: ['linux-image-cloud-amd64', 'systemd-boot-efi', 'openssh-server', 'systemd-resolved'],
  });
});

test('a template is two lines; all else has a value', async () => {
  await using workspace = await sampleWorkspace({ ...GOOD, 'templates/web.yaml': LEAST });
  const { problems, templates } = await workspace.load();
  assert.equal(problems, []);
  assert.equal(templates.get('web')?.value, {
    name: 'web',
    base: 'debian-12',
    machine: 'container',
    forms: ['oci'],
    converge: [],
    'allow-changes': [],
    checks: {},
    probe: { 'start-period': 0, timeout: 60_000, interval: 500, 'success-threshold': 3, 'stable-for': 3000 },
    container: { init: 'systemd' },
    data: {},
    secrets: {},
    state: [],
    disk: { size: 4 * 1024 ** 3, compression: 'none' },
    vm: { memory: 1024, cpus: 2 },
    ami: {},
    instance: {
      spot: false,
      user: 'admin',
      address: 'public',
      'start-timeout': 600_000,
      'image-timeout': 7_200_000,
    },
  });
});

test('every kind of step loads', async () => {
  const text = `${LEAST}converge:
  - ansible: { playbook: p/play.yml, roles: [p/roles/], collections: [p/./collections], vars: { list: [1, { a: b }] } }
    timeout: 90s
  - shell: { script: p/s.sh, unless: 'test -e "/x y"' }
  - shell: { script: p/s.sh, always-changes: it prints the date }
  - puppet: { manifest: p/x.pp, hiera: p/hiera.yaml, data: [p/data, p/one.yaml], facts: { role: web, count: 2 } }
allow-changes: [{ resource: 'Exec[date]', reason: it prints the date }]
`;
  const folders = ['roles', 'collections', 'data'].map((name) => [`p/${name}/.keep`, '']);
  const files = ['play.yml', 's.sh', 'x.pp', 'hiera.yaml', 'one.yaml'].map((name) => [`p/${name}`, '']);
  await using workspace = await sampleWorkspace({
    ...GOOD,
    ...Object.fromEntries([...folders, ...files]),
    'templates/web.yaml': text,
  });
  const { problems, templates } = await workspace.load();
  assert.equal(problems, []);
  assert.equal(templates.get('web')?.value.converge, [
    {
      ansible: {
        playbook: 'p/play.yml',
        roles: ['p/roles'],
        collections: ['p/collections'],
        vars: { list: [1, { a: 'b' }] },
      },
      timeout: 90_000,
    },
    { shell: { script: 'p/s.sh', unless: 'test -e "/x y"' }, timeout: 1_800_000 },
    { shell: { script: 'p/s.sh', 'always-changes': 'it prints the date' }, timeout: 1_800_000 },
    {
      puppet: {
        manifest: 'p/x.pp',
        modules: [],
        hiera: 'p/hiera.yaml',
        data: ['p/data', 'p/one.yaml'],
        facts: { role: 'web', count: 2 },
      },
      timeout: 1_800_000,
    },
  ]);
});

test('an unknown key is told with the nearest one, at the key', async () => {
  assert.equal(await templateProblems(WEB.replace('converge:', 'convrge:')), [
    '6:1 unknown key `convrge` (did you mean `converge`?)',
  ]);
  assert.equal(await withLines('container:', '  intt: systemd'), [
    '4:3 unknown key `intt` (did you mean `init`?)',
  ]);
});

test('a key like none is told with those there are', async () => {
  assert.equal(await withLines('vm: { disks: 3 }'), [
    '3:7 unknown key `disks` (the known keys are: memory, cpus)',
  ]);
});

test('what AWS would refuse of an AMI is told where it is written', async () => {
  assert.equal(
    await withLines(
      'ami:',
      '  region: Frankfurt',
      '  kms-key: my-key',
      '  tags: { Name: web, "kiln.bake": x, team: "a;b" }',
    ),
    [
      '4:11 `ami.region` is not a region of AWS, as in eu-central-1',
      '5:12 `ami.kms-key` is not the ARN of a KMS key',
      '6:11 `ami.tags.Name` is a tag that AWS or Kiln sets itself',
      '6:22 `ami.tags."kiln.bake"` is a tag that AWS or Kiln sets itself',
      '6:44 `ami.tags.team` is not the value of a tag',
    ],
  );
});

test('a tag is as short as EBS direct has it', async () => {
  const tagged = (name: number, value: number) =>
    withLines('ami:', `  tags: { ${'n'.repeat(name)}: ${'v'.repeat(value)} }`);
  assert.equal(await tagged(127, 255), []);
  assert.match((await tagged(1, 256)).join(), 'is not the value of a tag');
  assert.match((await tagged(128, 1)).join(), 'is not the name of a tag');
});

test('several unknown keys of one map are told one by one', async () => {
  assert.equal(await withLines('probe: { timout: 1s, intervall: 1s }'), [
    '3:10 unknown key `timout` (did you mean `timeout`?)',
    '3:22 unknown key `intervall` (did you mean `interval`?)',
  ]);
});

test('what is missing is told, unless it is only misspelt', async () => {
  assert.equal(await templateProblems('machine: container\n'), [
    '1:1 `name` is missing',
    '1:1 `base` is missing',
  ]);
  assert.equal(await templateProblems('nane: web\nbase: debian-12\n'), [
    '1:1 unknown key `nane` (did you mean `name`?)',
  ]);
});

test('a misspelt key beside the right one hides nothing of the right one', async () => {
  assert.equal(await withLines('probe: { timeot: 1s, timeout: 60 }'), [
    '3:10 unknown key `timeot` (did you mean `timeout`?)',
    '3:31 `probe.timeout` needs a unit: ms, s, m or h, as in 500ms, 3s, 1.5m, 1h',
  ]);
});

test('wrong types are told at the value, with what it is', async () => {
  assert.equal(
    await withLines('forms: oci', 'machine: 3', 'vm: { memory: lots }', 'allow-changes: { a: b }'),
    [
      '3:8 `forms` must be a list, but is the text `oci`',
      '4:10 `machine` must be `container`, `vm` or `instance`, but is the number 3',
      '5:15 `vm.memory` must be a number, but is the text `lots`',
      '6:1 `allow-changes` must be a list, but is a map',
    ],
  );
});

test('a key without a value is told at the key', async () => {
  assert.equal(await withLines('checks:', 'container:', '  env:'), [
    '3:1 `checks` has no value, but must be a map',
    '5:3 `container.env` has no value, but must be a map',
  ]);
});

test('text that YAML reads as a number or as true is told to be quoted', async () => {
  assert.equal(await withLines('container: { env: { PORT: 80, DEBUG: true }, ports: [80] }'), [
    '3:27 `container.env.PORT` must be text, but is the number 80 (put it in quotes)',
    '3:38 `container.env.DEBUG` must be text, but is true (put it in quotes)',
    '3:54 `container.ports[0]` must be text, but is the number 80 (put it in quotes)',
  ]);
});

test('a value that is not one of a few is told with the nearest', async () => {
  assert.equal(await withLines('forms: [oci, dsk]', 'container: { init: systemt }'), [
    '3:14 `forms[1]` must be `oci`, `disk` or `ami`, but is the text `dsk` (did you mean `disk`?)',
    '4:20 `container.init` must be `systemd` or `none`, but is the text `systemt` (did you mean `systemd`?)',
  ]);
});

test('forms are at least one, and each once', async () => {
  assert.equal(await withLines('forms: []'), ['3:1 `forms` must name at least one form']);
  assert.equal(await withLines('forms: [oci, oci]'), ['3:1 `forms` names a form twice']);
});

test('an instance starts from an AMI, and becomes one and nothing else', async () => {
  assert.equal(await withLines('machine: vm', 'forms: [disk, ami]'), []);
  const vendor = { 'templates/bases/vendor.yaml': 'ami: { owner: amazon, name: "al2023-*" }\n' };
  const lines = (...more: string[]) => ['name: web', 'base: vendor', ...more, ''].join('\n');
  const problemsOf = async (...more: string[]) => {
    await using workspace = await sampleWorkspace({ ...vendor, 'templates/web.yaml': lines(...more) });
    return (await workspace.load()).problems.map(({ message, hint }) => `${message} (${hint})`);
  };
  assert.equal(await problemsOf('machine: instance', 'forms: [ami]'), []);
  assert.equal(await problemsOf(), [
    'the base `vendor` is an AMI, which a container cannot start from (write `machine: instance`)',
  ]);
  assert.equal(await problemsOf('machine: instance', 'forms: [ami, oci]'), [
    'an instance becomes an AMI and nothing else (write `forms: [ami]`)',
  ]);
  assert.equal(await withLines('machine: instance', 'forms: [ami]'), [
    '3:10 the base `debian-12` is no AMI, which an instance starts from (name a base with `ami:`, or bake it in a container: its form `ami` needs no instance)',
  ]);
});

test('nobody may say that everybody, or nearly, may enter an instance', async () => {
  for (const range of [
    '203.0.113.7/32',
    '10.0.0.0/8',
    '10.0.0.0/16',
    '"2001:db8::/32"',
    '"::1/128"',
    '"2001:db8::/048"',
  ])
    assert.equal(await withLines(`instance: { from: ${range} }`), [], range);
  for (const range of [
    '0.0.0.0/0',
    '"::/0"',
    '10.0.0.0/00',
    '0.0.0.0/1',
    '128.0.0.0/7',
    '"::/1"',
    '"2000::/3"',
    '"2000::/31"',
  ])
    assert.equal(await withLines(`instance: { from: ${range} }`), [
      '3:19 `instance.from` is everybody, or nearly: name the range that you come from, at the widest a /8, or a /32 of IPv6',
    ]);
  assert.equal(await withLines('instance: { from: me }'), [
    '3:19 `instance.from` is not a range, as in 203.0.113.7/32',
  ]);
});

for (const name of [
  'Web',
  'web server',
  "we'b",
  'web;ls',
  '$(id)',
  '-web',
  'web-',
  '../web',
  'w_b',
  'w'.repeat(64),
]) {
  test(`\`${name}\` cannot be a name`, async () => {
    assert.equal(await templateProblems(`name: ${JSON.stringify(name)}\nbase: debian-12\n`), [
      '1:7 `name` is not a name: names become image and host names, so they are lower-case letters and digits with hyphens between, at most 63',
    ]);
  });
}

test('the name in the file is the name of the file', async () => {
  assert.equal(await templateProblems('name: wbe\nbase: debian-12\n'), [
    '1:7 `name` is `wbe`, but the file is templates/web.yaml (write `name: web`, or rename the file)',
  ]);
});

test('a file whose name cannot be a name is told, and so is one that is not read', async () => {
  assert.equal(
    await problemsIn({
      'templates/My Web.yaml': LEAST,
      'templates/bases/x.yml': '',
      'templates/notes.txt': '',
    }),
    [
      'templates/My Web.yaml:1:1 `My Web` is not a name: names become image and host names, so they are lower-case letters and digits with hyphens between, at most 63',
      'templates/bases/x.yml:1:1 this file is not read (call it x.yaml)',
    ],
  );
});

test('a step without a tool is told which tools there are', async () => {
  assert.equal(await withLines('converge:', '  - {}', '  - timeout: 3s'), [
    '4:5 `converge[0]` needs one of `puppet`, `ansible` or `shell`: each step is run by one tool',
    '5:5 `converge[1]` needs one of `puppet`, `ansible` or `shell`: each step is run by one tool',
  ]);
});

test('a step with an unknown tool is told once', async () => {
  assert.equal(await withLines('converge:', '  - chef: {}', '  - pupet: { manifest: x }'), [
    '4:5 unknown key `chef` (the known keys are: puppet, ansible, shell, timeout)',
    '5:5 unknown key `pupet` (did you mean `puppet`?)',
  ]);
});

test('a step that is no map, and one with two tools, are told so', async () => {
  const two = [
    '  - shell: { script: provisioners/s.sh, creates: /x }',
    '    puppet: { manifest: provisioners/puppet/web.pp }',
  ];
  assert.equal(await withLines('converge:', '  - puppet', ...two), [
    '4:5 `converge[0]` must be a map, but is the text `puppet`',
    '5:5 `converge[1]` has `puppet` and `shell`, but takes only one of them: each step is run by one tool',
  ]);
});

test('a mistake inside a step is told of its tool', async () => {
  const lines = [
    'converge:',
    '  - puppet: { manifst: x.pp }',
    '  - puppet:',
    '      modules: [3]',
    '  - ansible: yes',
  ];
  assert.equal(await withLines(...lines), [
    '4:15 unknown key `manifst` (did you mean `manifest`?)',
    '5:5 `converge[1].puppet.manifest` is missing',
    '6:17 `converge[1].puppet.modules[0]` must be text, but is the number 3 (put it in quotes)',
    '7:14 `converge[2].ansible` must be a map, but is the text `yes`',
  ]);
});

test('a shell step without a guard, or with two, is told what a guard is for', async () => {
  const two = '  - shell: { script: provisioners/s.sh, creates: /x, unless: "true" }';
  assert.equal(await withLines('converge:', '  - shell: { script: provisioners/s.sh }', two), [
    '4:5 `converge[0].shell` needs one of `creates`, `unless` or `always-changes`: it says how the second run proves that nothing is left to do',
    '5:5 `converge[1].shell` has `creates` and `unless`, but takes only one of them: it says how the second run proves that nothing is left to do',
  ]);
});

test('a guard that is empty or no absolute path is refused', async () => {
  const step = (guard: string) => `  - shell: { script: provisioners/s.sh, ${guard} }`;
  assert.equal(await withLines('converge:', step('creates: x'), step('always-changes: ""')), [
    '4:50 `converge[0].shell.creates` must be an absolute path, which starts with /',
    '5:57 `converge[1].shell.always-changes` must not be empty',
  ]);
});

test('an exception from the proof needs a reason', async () => {
  assert.equal(await withLines('allow-changes: [{ resource: "Exec[x]" }]'), [
    '3:17 `allow-changes[0].reason` is missing',
  ]);
});

test('`init: none` needs a command', async () => {
  assert.equal(await withLines('container:', '  init: none'), [
    '3:1 `container.command` is missing: `init: none` needs a command to run',
  ]);
  assert.equal(await withLines('container: { init: none, command: [sleep, infinity] }'), []);
  assert.equal(await withLines('container: { init: none, command: [] }'), [
    '3:26 `container.command` must not be empty',
  ]);
});

test('a command is a list of words, so that no shell reads it', async () => {
  assert.equal(await withLines('container: { init: none, command: sleep infinity }'), [
    '3:35 `container.command` must be a list, but is the text `sleep infinity`',
  ]);
});

test('what a container runs as, in and with is checked', async () => {
  const container =
    'container: { user: "a b", workdir: x, env: { "A B": c }, ports: ["80/icmp", "70000", "53/udp"] }';
  assert.equal(await withLines(container), [
    '3:20 `container.user` must be a user, or user:group',
    '3:36 `container.workdir` must be an absolute path, which starts with /',
    '3:46 `container.env."A B"` is not the name of a variable',
    '3:66 `container.ports[0]` must be a port, as in "80" or "53/udp"',
    '3:77 `container.ports[1]` must be a port up to 65535',
  ]);
});

test('a probe that can never pass in its time is refused', async () => {
  assert.equal(await withLines('probe: { timeout: 3s }'), [
    '3:19 `probe.timeout` is 3s, too short for `stable-for` and `success-threshold`, which take 3s',
  ]);
  assert.equal(await withLines('probe: { success-threshold: 200, interval: 1s }'), [
    '3:1 `probe.timeout` is 1m, too short for `stable-for` and `success-threshold`, which take 199s',
  ]);
  assert.equal(await withLines('probe: { success-threshold: 0 }'), [
    '3:29 `probe.success-threshold` must be at least 1',
  ]);
});

test('everything that is wrong in all files is told at once, in order', async () => {
  const found = await problemsIn({
    'templates/b.yaml':
      'name: b\nbase: nowhere\nformss: [oci]\nconverge: [{ shell: { script: nothing.sh } }]\n',
    'templates/a.yaml': 'name: a\n\tbase: x\n',
    'templates/bases/x.yaml': 'debain: bookworm\n',
    'templates/defaults.yaml': 'machin: vm\n',
  });
  assert.equal(
    found.map((line) => line.replace(/ \(.*/, '')),
    [
      'templates/a.yaml:2:1 a tab indents this line',
      'templates/b.yaml:2:7 there is no base `nowhere`',
      'templates/b.yaml:3:1 unknown key `formss`',
      'templates/b.yaml:4:14 `converge[0].shell` needs one of `creates`, `unless` or `always-changes`: it says how the second run proves that nothing is left to do',
      'templates/b.yaml:4:31 there is no file `nothing.sh` in the workspace',
      'templates/bases/x.yaml:1:1 unknown key `debain`',
      'templates/defaults.yaml:1:1 unknown key `machin`',
    ],
  );
});

test('control characters of a value do not reach the message', async () => {
  const [problem = ''] = await withLines('machine: "a\\e[2Jb"');
  assert.is(problem.includes('\u001b'), false);
  assert.match(problem, /is the text `a\u{fffd}\[2Jb`/u);
});

test.run();
