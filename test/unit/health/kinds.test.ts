import * as assert from 'uvu/assert';
import type { Checks } from '../../../src/health/checks.ts';
import { planChecks } from '../../../src/health/plan-checks.ts';
import type { CheckResult } from '../../../src/health/result.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import type { FakeFacts } from './fake-machine.ts';

const test = suite('what each kind makes of the facts');

function judge(checks: Checks, facts: FakeFacts): CheckResult[] {
  const all = new Map(Object.entries({ init: 'systemd', ...facts }));
  return planChecks(checks)
    .judge(all)
    .flatMap(({ results }) => results);
}

/** `attribute outcome: actual` of each result. */
function told(checks: Checks, facts: FakeFacts): string[] {
  return judge(checks, facts).map(({ attribute, outcome, actual }) => `${attribute} ${outcome}: ${actual}`);
}

function unit(properties: Readonly<Record<string, string | number>>): string {
  const all = {
    Id: 'nginx.service',
    LoadState: 'loaded',
    ActiveState: 'active',
    SubState: 'running',
    Result: 'success',
    NRestarts: 0,
    MainPID: 42,
    ActiveEnterTimestampMonotonic: 1000,
    ExecMainCode: 0,
    ExecMainStatus: 0,
    UnitFileState: 'enabled',
    ...properties,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const units = (...blocks: string[]): FakeFacts => ({ units: `systemd\n${blocks.join('\n')}` });
const NGINX: Checks = { service: { nginx: { enabled: true, running: true } } };

test('a running and enabled service passes', () => {
  assert.equal(told(NGINX, units(unit({}))), ['enabled passed: true (enabled)', 'running passed: true']);
});

test('a failed service says how it ended, and that it is final', () => {
  const facts = units(
    unit({
      ActiveState: 'failed',
      SubState: 'failed',
      Result: 'exit-code',
      ExecMainCode: 1,
      ExecMainStatus: 1,
      MainPID: 0,
    }),
  );
  assert.is(told(NGINX, facts)[1], 'running failed: false (failed, exit status 1)');
  const [judgement] = planChecks(NGINX).judge(new Map(Object.entries({ init: 'systemd', ...facts })));
  assert.is(judgement?.final, 'service nginx has failed');
});

test('what failed and should is no final failure', () => {
  const facts = units(unit({ ActiveState: 'failed', SubState: 'failed' }));
  const [judgement] = planChecks({ service: { nginx: { running: false } } }).judge(
    new Map(Object.entries({ init: 'systemd', ...facts })),
  );
  assert.is(judgement?.results[0]?.outcome, 'passed');
  assert.is(judgement?.final, undefined);
});

test('a oneshot that has exited well is up, one on its way is not', () => {
  const checks: Checks = { service: { once: { running: true } } };
  assert.equal(told(checks, units(unit({ SubState: 'exited' }))), ['running passed: true']);
  const starting = units(unit({ ActiveState: 'activating', SubState: 'start' }));
  assert.equal(told(checks, starting), ['running failed: false (activating, start)']);
});

test('a killed service names the signal', () => {
  const facts = units(
    unit({
      ActiveState: 'failed',
      SubState: 'failed',
      Result: 'oom-kill',
      ExecMainCode: 2,
      ExecMainStatus: 9,
    }),
  );
  assert.is(told(NGINX, facts)[1], 'running failed: false (failed, killed by signal 9)');
});

test('a unit that is not there is told as that', () => {
  const facts = units(
    unit({ LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead', UnitFileState: '' }),
  );
  assert.equal(told(NGINX, facts), [
    'enabled failed: false (no unit file)',
    'running failed: false (no such unit)',
  ]);
});

test('several services keep their order, whatever their Ids are', () => {
  const checks: Checks = {
    service: { a: { running: true }, skipped: { running: true, skip: true }, b: { running: true } },
  };
  const facts = units(unit({ Id: 'alias.service' }), unit({ ActiveState: 'inactive', SubState: 'dead' }));
  assert.equal(told(checks, facts), [
    'running passed: true',
    'running skipped: skip: true',
    'running failed: false (inactive, dead)',
  ]);
});

for (const [name, facts] of [
  ['without systemd', { units: '' }],
  ['with init none', { init: 'none', ...units(unit({})) }],
] as const) {
  test(`a service ${name} is neither up nor down`, () => {
    assert.ok(judge(NGINX, facts).every(({ outcome }) => outcome === 'unsupported'));
  });
}

test('a static unit counts as enabled, a disabled or masked one does not', () => {
  const checks: Checks = { service: { x: { enabled: true } } };
  assert.equal(told(checks, units(unit({ UnitFileState: 'static' }))), ['enabled passed: true (static)']);
  assert.equal(told(checks, units(unit({ UnitFileState: 'disabled' }))), [
    'enabled failed: false (disabled)',
  ]);
  assert.equal(told(checks, units(unit({ UnitFileState: 'masked' }))), ['enabled failed: false (masked)']);
});

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (local: string, state: string) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  0 0 1\n`;
const SOCKETS = `= tcp
${HEAD}${row('0100007F:1F90', '0A')}${row('0100007F:0016', '01')}= tcp6
${HEAD}${row('00000000000000000000000000000000:0050', '0A')}${row('B80D0120000000000000000001000000:01BB', '0A')}= udp
${HEAD}${row('00000000:0035', '07')}${row('0100007F:0036', '01')}= udp6
`;

const PORTS: readonly (readonly [string, string])[] = [
  ['tcp:8080', 'true'],
  ['8080', 'true'],
  ['tcp4:8080', 'true'],
  ['tcp6:8080', 'false'],
  ['tcp:80', 'true'],
  ['tcp6:80', 'true'],
  ['tcp4:80', 'false'],
  ['tcp:22', 'false'],
  ['udp:53', 'true'],
  ['udp:54', 'false'],
  ['udp6:53', 'false'],
];

for (const [name, listening] of PORTS) {
  test(`port ${name} is ${listening} by the kernel's tables`, () => {
    const [line] = told({ port: { [name]: { listening: true } } }, { sockets: SOCKETS });
    assert.is(line, `listening ${listening === 'true' ? 'passed' : 'failed'}: ${listening}`);
  });
}

test('a port tells the addresses it listens on', () => {
  const checks: Checks = {
    port: {
      'tcp:8080': { listening: true, ip: ['127.0.0.1'] },
      'tcp:80': { listening: true, ip: ['0.0.0.0'] },
      'tcp:443': { listening: true, ip: { 'consist-of': ['2001:db8::1'] } },
      'tcp:22': { listening: true, ip: ['0.0.0.0'] },
    },
  };
  const results = judge(checks, { sockets: SOCKETS });
  assert.equal(
    results.filter(({ attribute }) => attribute === 'ip').map(({ outcome, actual }) => [outcome, actual]),
    [
      ['passed', '["127.0.0.1"]'],
      ['failed', '["::"] (missing: "0.0.0.0")'],
      ['passed', '["2001:db8::1"]'],
      ['skipped', 'not looked at: listening false'],
    ],
  );
});

const FILES = {
  files: 'file.0 file.1 file.3\n81a4 2118 0 0 root root\na1ff 7 0 0 root root\n41ed 4096 33 4 www-data adm\n',
  'file.0.contents': 'file\nroot:x:0:0\ndaemon:x:1:1\n',
  'file.0.sha256': 'abc123  -\n',
  'file.1.link': 'link\n/usr/bin/x\n',
};

test('a file shows all that is asked of it', () => {
  const checks: Checks = {
    file: {
      '/etc/passwd': {
        exists: true,
        mode: '0644',
        owner: 'root',
        uid: 0,
        size: 2118,
        contents: ['/^root:/', '!nobody'],
        sha256: 'abc123',
        filetype: 'file',
      },
      '/bin/x': { exists: true, filetype: 'symlink', 'linked-to': '/usr/bin/x' },
      '/none': { exists: false, owner: 'root' },
      '/srv': {
        exists: true,
        filetype: 'directory',
        mode: '0755',
        owner: 'www-data',
        group: 'adm',
        uid: 33,
        gid: 4,
      },
    },
  };
  const results = judge(checks, FILES);
  assert.equal(
    results.filter(({ outcome }) => outcome === 'failed'),
    [],
  );
  assert.equal(
    results.filter(({ outcome }) => outcome === 'skipped').map(({ check, attribute }) => [check, attribute]),
    [['file /none', 'owner']],
  );
});

test('a file that is otherwise fails attribute by attribute', () => {
  const checks: Checks = {
    file: {
      '/etc/passwd': {
        exists: true,
        mode: '0600',
        owner: 'x',
        size: { lt: 10 },
        contents: ['!daemon'],
        sha256: 'f',
        md5: 'f',
        'linked-to': '/x',
        filetype: 'directory',
      },
    },
  };
  assert.equal(told(checks, { ...FILES, files: 'file.0\n81a4 2118 0 0 root root\n' }), [
    'exists passed: true',
    'mode failed: "0644"',
    'owner failed: "root"',
    'linked-to failed: not a link',
    'filetype failed: "file"',
    'contents failed: "root:x:0:0\\ndaemon:x:1:1\\n" (does not hold: "!daemon")',
    'size failed: 2118',
    'md5 failed: not a regular file, or no tool for it',
    'sha256 failed: "abc123"',
  ]);
  assert.equal(told({ file: { '/gone': { exists: true, mode: '0644' } } }, { files: '\n' }), [
    'exists failed: false',
    'mode skipped: not looked at: exists false',
  ]);
});

test('a file that went between two looks is not guessed at', () => {
  const facts = { files: 'file.0 file.1\n81a4 1 0 0 root root\n' };
  assert.equal(told({ file: { '/a': { exists: true }, '/b': { exists: true } } }, facts), [
    'exists failed: stat gave no answer',
    'exists failed: stat gave no answer',
  ]);
});

test('a command is judged by its status and its output', () => {
  const facts = { 'command.0.exit': '3', 'command.0.out': 'hi\n', 'command.0.err': 'oh no\n' };
  const good: Checks = { command: { x: { 'exit-status': 3, stdout: ['hi'], stderr: 'oh no\n' } } };
  assert.ok(judge(good, facts).every(({ outcome }) => outcome === 'passed'));
  const bad: Checks = { command: { x: { 'exit-status': 0, stdout: ['ho'], stderr: '' } } };
  const results = judge(bad, facts);
  assert.ok(results.every(({ outcome }) => outcome === 'failed'));
  assert.equal(results[0]?.evidence, ['stdout: hi', 'stderr: oh no']);
});

test('a command that does not end fails in each attribute', () => {
  const checks: Checks = {
    command: { x: { exec: 'sleep 99', 'exit-status': { lt: 200 }, stdout: ['a'], timeout: 1500 } },
  };
  assert.equal(told(checks, { 'command.0.exit': 'late', 'command.0.out': 'a' }), [
    'exit-status failed: still running after 1.5 s',
    'stdout failed: it did not end',
  ]);
});

test('output beyond what is read is not judged', () => {
  const facts = { 'command.0.exit': '0', 'command.0.out': 'a'.repeat(4 * 1024 * 1024 + 1) };
  const [, stdout] = told({ command: { x: { 'exit-status': 0, stdout: ['!b'] } } }, facts);
  assert.is(stdout, 'stdout failed: longer than 4 MiB, and so not judged');
});

test('an empty list asserts nothing, and says so', () => {
  const [, stdout] = judge(
    { command: { x: { 'exit-status': 0, stdout: [] } } },
    { 'command.0.exit': '0', 'command.0.out': 'x' },
  );
  assert.is(stdout?.outcome, 'skipped');
  assert.match(stdout?.actual ?? '', /empty list asserts nothing/);
});

const PACKAGES: readonly (readonly [string, string])[] = [
  ['dpkg', 'dpkg\nnginx\tamd64\tinstall ok installed\t1.22.1-9\nold\tamd64\tdeinstall ok config-files\t1\n'],
  ['rpm', 'rpm\ni\tnginx\tx86_64\t1.22.1-9\npackage old is not installed\n'],
  ['apk', 'apk\nP:busybox\nV:1.36\nP:nginx\nV:1.22.1-9\n'],
  ['pacman', 'pacman\nnginx 1.22.1-9\n'],
];

for (const [tool, packages] of PACKAGES) {
  test(`packages are read from ${tool}`, () => {
    const checks = (installed: boolean): Checks => ({
      package: { nginx: { installed, versions: ['1.22.1-9'] }, old: { installed: !installed } },
    });
    assert.equal(told(checks(true), { packages }), [
      'installed passed: true',
      'versions passed: ["1.22.1-9"]',
      'installed passed: false',
    ]);
    assert.equal(told(checks(false), { packages }), [
      'installed failed: true',
      'versions skipped: not looked at: installed true',
      'installed failed: false',
    ]);
  });
}

test('a package is known by its architecture too, and not by another version', () => {
  const facts = { packages: PACKAGES[0]?.[1] ?? '' };
  assert.is(told({ package: { 'nginx:amd64': { installed: true } } }, facts)[0], 'installed passed: true');
  assert.is(told({ package: { 'nginx:arm64': { installed: true } } }, facts)[0], 'installed failed: false');
  assert.is(
    told({ package: { nginx: { installed: true, versions: ['1.0'] } } }, facts)[1],
    'versions failed: ["1.22.1-9"] (missing: "1.0")',
  );
});

test('without a package tool nothing is claimed', () => {
  assert.is(
    judge({ package: { x: { installed: false } } }, { packages: 'none\n' })[0]?.outcome,
    'unsupported',
  );
});

test('a process is known by its comm or by the path it was started by', () => {
  const facts = {
    processes:
      'c systemd\nc gunicorn: maste\nc a-very-long-nam\na /usr/bin/a-very-long-name\nc python3\na app.py\n',
  };
  const running = (name: string) => told({ process: { [name]: { running: true } } }, facts)[0];
  assert.is(running('systemd'), 'running passed: true');
  assert.is(running('a-very-long-name'), 'running passed: true');
  assert.is(running('app.py'), 'running passed: true');
  assert.is(running('a-very-long-names'), 'running failed: false');
  assert.is(running('system'), 'running failed: false');
  assert.is(told({ process: { nginx: { running: false } } }, facts)[0], 'running passed: false');
});

const ACCOUNTS = {
  passwd: 'root:x:0:0:root:/root:/bin/bash\napp:x:999:998::/srv/app:/usr/sbin/nologin\n',
  groups: 'root:x:0:\nadm:x:4:syslog,app\napp:x:998:\nother:x:5:apps\n',
};

test('a user is read from passwd and group', () => {
  const good: Checks = {
    user: {
      app: {
        exists: true,
        uid: 999,
        gid: 998,
        groups: ['adm', 'app'],
        home: '/srv/app',
        shell: '/usr/sbin/nologin',
      },
      none: { exists: false },
    },
  };
  assert.ok(judge(good, ACCOUNTS).every(({ outcome }) => outcome === 'passed'));
  const bad: Checks = {
    user: {
      app: { exists: true, uid: 1, gid: 1, groups: ['other'], home: '/', shell: '/bin/sh' },
      none: { exists: true, uid: 4 },
    },
  };
  assert.equal(
    judge(bad, ACCOUNTS).map(({ outcome }) => outcome),
    ['passed', 'failed', 'failed', 'failed', 'failed', 'failed', 'failed', 'skipped'],
  );
});

test('a group is read from group', () => {
  assert.equal(told({ group: { adm: { exists: true, gid: 4 }, x: { exists: false } } }, ACCOUNTS), [
    'exists passed: true',
    'gid passed: 4',
    'exists passed: false',
  ]);
  assert.equal(told({ group: { adm: { exists: true, gid: { gt: 4 } }, x: { exists: true } } }, ACCOUNTS), [
    'exists passed: true',
    'gid failed: 4',
    'exists failed: false',
  ]);
});

const URL = 'http://127.0.0.1/';
const answer = (head: string, body = '', way = 'curl 0'): FakeFacts => ({
  sockets: SOCKETS,
  'http.0.exit': '0',
  'http.0.out': `${way}\n`,
  'http.0.head': head,
  'http.0.body': body,
});

test('http is judged by the last answer of a redirect, its headers as Go writes them', () => {
  const facts = answer(
    'HTTP/1.1 302 Found\r\nlocation: /x\r\n\r\nHTTP/2 200\r\ncontent-type:text/html\r\n\r\n',
    'golden\nhour',
  );
  const good: Checks = {
    http: {
      [URL]: { status: 200, headers: ['Content-Type: text/html', '!Location'], body: ['golden', '/^hour$/'] },
    },
  };
  assert.ok(judge(good, facts).every(({ outcome }) => outcome === 'passed'));
  const bad: Checks = { http: { [URL]: { status: { lt: 300 }, headers: ['Location'], body: ['silver'] } } };
  assert.equal(
    judge(bad, facts).map(({ outcome }) => outcome),
    ['passed', 'failed', 'failed'],
  );
  assert.equal(judge(bad, facts)[1]?.evidence, ['asked with curl inside the machine']);
});

test('the body is not looked at when the status is not as expected', () => {
  const facts = answer('HTTP/1.0 502 Bad Gateway\r\n\r\n', 'golden');
  assert.equal(told({ http: { [URL]: { status: 200, body: ['golden'] } } }, facts), [
    'status failed: 502',
    'body skipped: not looked at: status 502',
  ]);
});

test("wget's indented headers are read", () => {
  const facts = answer(
    '  HTTP/1.1 404 Not Found\n  Server: x\n2026-01-01 00:00:00 URL:http://x/ [9]\nhttp://x/y:\n',
    'nothing here',
    'wget 8',
  );
  assert.equal(told({ http: { [URL]: { status: 404, headers: 'Server: x', body: ['nothing'] } } }, facts), [
    'status passed: 404',
    'headers passed: "Server: x"',
    'body passed: "nothing here"',
  ]);
});

test('no answer tells the reason, and one that is late the time', () => {
  const refused = {
    'http.0.exit': '0',
    'http.0.out': 'curl 7\n',
    'http.0.err': 'curl: (7) Failed to connect\n',
  };
  assert.equal(told({ http: { [URL]: { status: 200 } } }, refused), [
    'status failed: no answer: curl: (7) Failed to connect',
  ]);
  const late = told({ http: { [URL]: { status: 200, timeout: 2000 } } }, { 'http.0.exit': 'late' });
  assert.equal(late, ['status failed: no answer within 2 s']);
});

test('a service on loopback that nothing inside can ask is no failure', () => {
  const facts = {
    sockets: SOCKETS,
    'http.0.exit': '0',
    'http.0.out': 'outside 172.17.0.2',
    'http.0.err': 'ECONNREFUSED',
  };
  assert.is(judge({ http: { 'http://127.0.0.1:8080/': { status: 200 } } }, facts)[0]?.outcome, 'unsupported');
  const open = judge({ http: { 'http://127.0.0.1:80/': { status: 200 } } }, facts)[0];
  assert.is(open?.outcome, 'failed');
  assert.equal(open?.evidence, ['asked from outside, at 172.17.0.2']);
  const other = judge({ http: { 'http://192.0.2.1:8080/': { status: 200 } } }, facts)[0];
  assert.is(other?.outcome, 'failed', 'another machine is asked, whatever listens here');
});

const REFUSED: readonly (readonly [Checks, RegExp])[] = [
  [{ service: { 'a b': { running: true } } }, /service a b: "a b" is no name of a unit/],
  [{ service: { x: { name: 'ng*', running: true } } }, /"ng\*" is no name of a unit/],
  [{ service: { '-x': { running: true } } }, /no name of a unit/],
  [{ port: { 'tcp:70000': { listening: true } } }, /no port such as tcp:80/],
  [{ http: { 'file:///etc': { status: 200 } } }, /no http or https URL/],
  [{ http: { 'http://a%zz@b/': { status: 200 } } }, /no http or https URL/],
  [{ http: { [URL]: { status: 200, 'request-headers': ['a\nb: c'] } } }, /is no header/],
  [{ http: { [URL]: { status: 200, method: 'GET /' } } }, /no HTTP method/],
  [{ file: { 'etc/x': { exists: true } } }, /no absolute path/],
  [{ package: { '$(id)': { installed: true } } }, /no name of a package/],
  [{ file: { '/x': { mode: '0644' } } }, /file \/x: exists is missing/],
  [{ command: { true: {} } }, /command true: exit-status is missing/],
  [{ file: { '/x': { exists: { nope: 1 } } } }, /file \/x: exists: unknown matcher "nope"/],
];

for (const [checks, message] of REFUSED) {
  test(`${JSON.stringify(checks)} is refused before a machine is asked`, async () => {
    assert.is((await rejects(() => planChecks(checks), message)).code, 'CONFIG_INVALID');
  });
}

test('a check keeps its title', () => {
  assert.is(
    judge({ group: { adm: { title: 'readers of logs', exists: true } } }, ACCOUNTS)[0]?.title,
    'readers of logs',
  );
});

test.run();
