import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import { awaitHealthy } from '../../src/health/await-healthy.ts';
import type { Checks, Probe } from '../../src/health/checks.ts';
import { failureLines } from '../../src/health/failure-lines.ts';
import type { HealthReport } from '../../src/health/result.ts';
import type { Machine } from '../../src/platforms/platform.ts';
import { missing } from '../support/engines.ts';
import { startTestMachine } from '../support/machine.ts';
import { runScript } from '../support/run-script.ts';
import { suite } from '../support/suite.ts';

const test = suite('health of a real machine', { skip: await missing('docker') });

const PROBE: Probe = {
  'start-period': 0,
  timeout: 30_000,
  interval: 500,
  'success-threshold': 3,
  'stable-for': 3000,
};
const ONCE: Probe = { ...PROBE, timeout: 1, 'success-threshold': 1, 'stable-for': 0 };

const SILENT = { output: () => {}, note: () => {} };

async function wait(
  machine: Machine,
  checks: Checks,
  signal: AbortSignal,
  probe = PROBE,
): Promise<HealthReport> {
  return await awaitHealthy(machine, checks, probe, { log: SILENT, signal });
}

/** Starts a unit of this text without waiting for it. */
async function startUnit(machine: Machine, name: string, unit: string, signal: AbortSignal): Promise<void> {
  const script = `cat >/etc/systemd/system/${name}.service <<'UNIT'\n${unit}\nUNIT
systemctl daemon-reload
systemctl start --no-block ${name}`;
  await runScript(machine, script, signal);
}

/** An HTTP server of perl-base on loopback: the least that a Debian machine can serve with. */
const SERVER = `use strict; use IO::Socket::INET; use utf8;
my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die $@;
while (my $client = $server->accept) {
  my $line = <$client>;
  while (my $head = <$client>) { last if $head =~ /^\\r?\\n$/ }
  my $path = (split / /, $line)[1];
  if ($path eq "/away") { print $client "HTTP/1.0 302 Found\\r\\nLocation: /golden\\r\\n\\r\\n" }
  elsif ($path eq "/golden") { print $client "HTTP/1.0 200 OK\\r\\ncontent-type: text/plain\\r\\n\\r\\ngolden\\n" }
  else { print $client "HTTP/1.0 404 Not Found\\r\\n\\r\\nnothing here\\n" }
  close $client;
}
`;

async function addServer(machine: Machine, signal: AbortSignal): Promise<void> {
  await runScript(machine, `cat >/opt/server.pl <<'PERL'\n${SERVER}PERL`, signal);
}

test('a unit that fails after two seconds is failed at once, with its journal', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', signal });
  await startUnit(
    machine,
    'dies',
    '[Service]\nExecStart=/bin/sh -c "sleep 2; echo giving up; exit 3"',
    signal,
  );
  const report = await wait(machine, { service: { dies: { running: true } } }, signal);
  assert.is(report.healthy, false);
  assert.ok(report.waited < 6000, `it took ${report.waited} ms`);
  const lines = failureLines(report);
  assert.match(
    lines[0] ?? '',
    /^✗ service dies: running — expected true, actual false \(failed, exit status 3\), waited/,
  );
  assert.ok(lines.includes('    journal: giving up'), lines.join('\n'));
});

test('a unit that restarts every second is not up, though it is active at most looks', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', signal });
  const unit =
    '[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sleep 1\nRestart=always\nRestartSec=10ms';
  await startUnit(machine, 'loops', unit, signal);
  const report = await wait(machine, { service: { loops: { running: true } } }, signal);
  assert.is(report.healthy, false);
  assert.ok(report.waited < 10_000, `it took ${report.waited} ms`);
  assert.match(
    failureLines(report)[0] ?? '',
    /^✗ service loops: running — expected true, actual false .*restarted [3-9] times in/,
  );
});

test('a service is up when its port is, ten seconds later', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', signal });
  await addServer(machine, signal);
  await startUnit(
    machine,
    'late',
    '[Service]\nExecStart=/bin/sh -c "sleep 10; exec perl /opt/server.pl 8080"',
    signal,
  );
  const url = 'http://127.0.0.1:8080/golden';
  const checks: Checks = {
    service: { late: { running: true } },
    port: { 'tcp:8080': { listening: true, ip: ['127.0.0.1'] } },
    http: { [url]: { status: 200, body: ['golden'] } },
  };
  const report = await wait(machine, checks, signal);
  assert.equal(failureLines(report), []);
  assert.ok(report.waited >= 7500, `it took only ${report.waited} ms`);
  const waited = Object.fromEntries(report.results.map((result) => [result.check, result.waited ?? 0]));
  const [service = 0, port = 0] = [waited['service late'], waited['port tcp:8080']];
  assert.ok(port > 3500 && service + 2000 < port, `${service} ms, ${port} ms`);
});

test('a oneshot that has exited well is up, one that failed is not', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', signal });
  const oneshot = (program: string) => `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=${program}`;
  await startUnit(machine, 'once', oneshot('/bin/true'), signal);
  assert.is(
    (await wait(machine, { service: { once: { running: true, enabled: true } } }, signal)).healthy,
    true,
  );
  await startUnit(machine, 'never', oneshot('/bin/false'), signal);
  const report = await wait(machine, { service: { never: { running: true } } }, signal);
  assert.match(failureLines(report)[0] ?? '', /actual false \(failed, exit status 1\)/);
});

test('every kind answers for a real machine, and leaves nothing in it', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', signal });
  await addServer(machine, signal);
  await startUnit(machine, 'web', '[Service]\nExecStart=/usr/bin/perl /opt/server.pl 8080', signal);
  await wait(machine, { port: { 'tcp:8080': { listening: true } } }, signal, { ...PROBE, 'stable-for': 0 });
  const url = 'http://127.0.0.1:8080';
  const good: Checks = {
    service: { web: { running: true }, 'systemd-journald': { running: true, enabled: true } },
    port: { 'tcp:8080': { listening: true }, 'tcp:81': { listening: false } },
    http: {
      [`${url}/golden`]: { status: 200, headers: ['Content-Type: text/plain'], body: 'golden\n' },
      [`${url}/missing`]: { status: 404, body: ['nothing'] },
      follow: { url: `${url}/away`, status: 200, body: ['golden'] },
      stay: { url: `${url}/away`, status: 302, 'no-follow-redirects': true, headers: ['Location: /golden'] },
    },
    file: {
      '/etc/passwd': {
        exists: true,
        mode: '0644',
        owner: 'root',
        group: 'root',
        filetype: 'file',
        contents: ['/^root:/'],
      },
      '/etc': { exists: true, filetype: 'directory' },
      '/etc/mtab': { exists: true, filetype: 'symlink', 'linked-to': { 'have-suffix': 'mounts' } },
      "/it's $(id)": { exists: false },
    },
    command: { 'echo hi; exit 3': { 'exit-status': 3, stdout: 'hi\n', stderr: '' } },
    package: {
      systemd: { installed: true, versions: { 'contain-element': { 'match-regexp': '^\\d+' } } },
      nope: { installed: false },
    },
    process: { systemd: { running: true }, perl: { running: true }, sh: { running: false } },
    user: {
      root: { exists: true, uid: 0, home: '/root', shell: '/bin/bash', groups: ['root'] },
      nope: { exists: false },
    },
    group: { adm: { exists: true, gid: 4 } },
  };
  const before = await runScript(machine, 'find /dev/shm /run/kiln* /tmp -xdev 2>/dev/null | sort', signal);
  const report = await wait(machine, good, signal, { ...PROBE, 'stable-for': 0 });
  assert.equal(failureLines(report), []);
  assert.is(report.results.filter(({ outcome }) => outcome !== 'passed').length, 0);
  const way = report.results.find(({ check }) => check === 'http follow')?.evidence?.[0] ?? '';
  assert.match(way, /^asked with (curl|wget|perl) inside the machine$/);

  const bad: Checks = {
    service: { 'no-such': { running: true } },
    port: { 'tcp:81': { listening: true } },
    http: { [`${url}/missing`]: { status: 200 } },
    file: { '/etc/passwd': { exists: true, mode: '0600' } },
    command: { 'sleep 60': { 'exit-status': 0, timeout: 300 } },
    package: { nope: { installed: true } },
    process: { nope: { running: true } },
    user: { root: { exists: true, uid: 1 } },
    group: { adm: { exists: false } },
  };
  const failed = await wait(machine, bad, signal, ONCE);
  assert.equal(
    failed.results
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ check }) => check)
      .sort(),
    Object.entries(bad)
      .flatMap(([kind, checks]) => Object.keys(checks).map((name) => `${kind} ${name}`))
      .sort(),
  );
  assert.is(
    await runScript(machine, 'find /dev/shm /run/kiln* /tmp -xdev 2>/dev/null | sort', signal),
    before,
  );
  assert.is(await runScript(machine, 'grep -lx sleep /proc/[0-9]*/comm || true', signal), '');
});

test('without systemd a service is unsupported, and only a check that works makes up for it', async ({
  signal,
}) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'none', signal });
  const service: Checks['service'] = { nginx: { running: true } };
  const alone = await wait(machine, { service }, signal);
  assert.is(alone.healthy, false);
  assert.is(alone.results[0]?.outcome, 'unsupported');
  assert.match(alone.reason ?? '', /does not run systemd/);
  const covered = await wait(machine, { service, command: { true: { 'exit-status': 0 } } }, signal);
  assert.is(covered.healthy, true);
  assert.is(covered.results[0]?.outcome, 'unsupported');
});

test.run();
