import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { CheckView } from '../../src/ui/check/view.ts';
import { type BakeWorkspace, bakeWorkspace, type RunOptions } from '../support/bake-workspace.ts';
import { engineContents } from '../support/engine-contents.ts';
import { missing } from '../support/engines.ts';
import { makeBases } from '../support/failed-bake.ts';
import { killAt } from '../support/kill-at.ts';
import { suite } from '../support/suite.ts';
import { parseXml } from '../unit/ui/nightly/parse-xml.ts';

const test = suite('bake check', { skip: await missing('docker') });

/** A server for others, one for this machine only, a unit that ends, and a user. */
const SHOP = `#!/bin/sh
set -eu
cat >/opt/server.pl <<'PERL'
use strict; use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Listen => 5, ReuseAddr => 1) or die $@;
while (my $client = $server->accept) { <$client>; print $client "HTTP/1.0 200 OK\\r\\n\\r\\ngolden\\n"; close $client }
PERL
useradd --system --user-group --home-dir /var/lib/shop --no-create-home --shell /usr/sbin/nologin shop
unit() { printf '[Service]\\n%s\\n[Install]\\nWantedBy=multi-user.target\\n' "$2" >"/etc/systemd/system/$1.service"; }
unit shop "User=shop
ExecStart=/usr/bin/perl /opt/server.pl 0.0.0.0 8080"
unit inner 'ExecStart=/usr/bin/perl /opt/server.pl 127.0.0.1 9000'
unit prepare 'Type=oneshot
ExecStart=/bin/true'
systemctl enable --now shop inner
systemctl enable prepare
touch /opt/done
`;

const TEMPLATE = `name: test-shop
base: debian-12
converge:
  - shell: { script: provisioners/shop.sh, creates: /opt/done }
checks:
  service: { shop: { enabled: true, running: true } }
  http: { "http://127.0.0.1:8080/": { status: 200, body: [golden], probe: { success-threshold: 1, stable-for: 0s } } }
probe: { timeout: 20s, stable-for: 1s }
`;

const OTHER = `service: { shop: { running: true }, dead: { running: true } }
command: { "echo hi; exit 3": { exit-status: 0 } }
`;

async function withImage(signal: AbortSignal): Promise<BakeWorkspace> {
  await makeBases(['debian-12'], signal);
  const workspace = await bakeWorkspace({
    'templates/test-shop.yaml': TEMPLATE,
    'provisioners/shop.sh': SHOP,
    'other.yaml': OTHER,
  });
  const { exitCode, stderr } = await workspace.bake(['image', 'test-shop', '--no-verify'], { signal });
  assert.is(exitCode, 0, stderr);
  return workspace;
}

/** Runs it, and sees that it leaves nothing, however it ends. */
async function check(workspace: BakeWorkspace, argv: readonly string[], options: RunOptions) {
  const everything = async () => [
    ...(await engineContents()),
    ...(await workspace.files()).filter((path) => !path.endsWith('.confirmed')),
  ];
  const before = await everything();
  const ran = await workspace.bake(argv, options);
  assert.equal(await everything(), before, ran.stderr);
  return ran;
}

test('the checks are run on a fresh machine, told in each format, and nothing stays', async ({ signal }) => {
  await using workspace = await withImage(signal);

  const good = await check(workspace, ['check', 'test-shop', '--image', 'test-shop@1'], { signal });
  assert.is(good.exitCode, 0, good.stderr);
  assert.match(good.stdout, /^✔ {2}service shop +running +true +true /m);
  assert.match(good.stdout, /^✔ test-shop@1 \(oci\) is healthy: 4 passed in /m);

  const bad = ['check', 'test-shop', '--file', 'other.yaml'];
  const table = await check(workspace, bad, { signal });
  assert.is(table.exitCode, 1);
  assert.match(table.stdout, /^✗ {2}service dead +running +true +false \(no such unit\) /m);
  assert.match(table.stdout, /^✗ test-shop@1 \(oci\) is not healthy: 1 passed, 2 failed in .*not-found$/m);
  assert.match(table.stderr, /test-shop@1 check +✗/);

  const json = await check(workspace, [...bad, '--format', 'json'], { signal });
  assert.is(json.exitCode, 1);
  const view: CheckView = JSON.parse(json.stdout);
  assert.equal([view.image, view.form, view.healthy], ['test-shop@1', 'oci', false]);
  assert.equal(
    view.results.map(({ check, outcome, expected }) => [check, outcome, expected]),
    [
      ['service shop', 'passed', 'true'],
      ['service dead', 'failed', 'true'],
      ['command echo hi; exit 3', 'failed', '0'],
    ],
  );
  assert.equal(view.results[2]?.evidence, ['stdout: hi']);

  const tap = await check(workspace, [...bad, '--format', 'tap'], { signal });
  assert.is(tap.exitCode, 1);
  assert.match(tap.stdout, /^TAP version 14\n1\.\.3\nok 1 - service shop: running\nnot ok 2 - service dead/);

  const junit = await check(workspace, [...bad, '--format', 'junit'], { signal });
  assert.is(junit.exitCode, 1);
  assert.ok(parseXml(junit.stdout));
  assert.match(junit.stdout, 'tests="3" failures="2"');

  const unknown = await check(workspace, ['check', 'test-shop', '--image', 'test-shop@9'], { signal });
  assert.is(unknown.exitCode, 2);
  const formless = await check(workspace, ['check', 'test-shop', '--form', 'disk'], { signal });
  assert.match(formless.stderr, 'test-shop@1 has no form disk to start a machine from');
});

test('what is suggested passes when it is pasted, and is what the template made beyond its base', async ({
  signal,
}) => {
  await using workspace = await withImage(signal);
  const { exitCode, stdout, stderr } = await check(workspace, ['checks', 'suggest', 'test-shop'], { signal });
  assert.is(exitCode, 0, stderr);
  assert.equal(stdout.trimEnd().split('\n'), [
    '  # what test-shop@1 has beyond its base debian-12, as a fresh machine of it showed',
    '  service:',
    '    inner: { enabled: true, running: true }',
    '    prepare: { enabled: true }',
    '    shop: { enabled: true, running: true }',
    '  port:',
    '    "tcp:8080": { listening: true }',
    '    "tcp:9000": { listening: true, ip: ["127.0.0.1"] }',
    '  user:',
    '    shop: { exists: true, home: /var/lib/shop, shell: /usr/sbin/nologin }',
    '  # left out: service prepare: running (false (inactive, dead))',
  ]);

  const bare = TEMPLATE.replace(/^checks:\n( .*\n)+/m, '');
  await workspace.write({
    'templates/test-shop.yaml': `${bare}checks:\n${stdout}`,
    'suggested.yaml': stdout,
  });
  for (const argv of [[], ['--file', 'suggested.yaml']]) {
    const pasted = await check(workspace, ['check', 'test-shop', ...argv], { signal });
    assert.is(pasted.exitCode, 0, pasted.stdout + pasted.stderr);
    assert.match(pasted.stdout, /is healthy: 11 passed in /);
  }
});

test('Ctrl-C while it waits removes the machine; what is killed, bake gc removes', async ({ signal }) => {
  await using workspace = await withImage(signal);
  await workspace.write({
    'slow.yaml': 'port: { "tcp:1": { listening: true, probe: { timeout: 1h } } }\n',
  });
  const argv = ['check', 'test-shop', '--file', 'slow.yaml'];
  const cut = await check(workspace, argv, { signal, ...killAt('failing: port tcp:1', 'SIGINT') });
  assert.is(cut.exitCode, 130);
  assert.match(cut.stderr, /removed: container kiln-test-shop-[\w-]+-check/);

  const before = await engineContents();
  await workspace.bake(argv, { signal, ...killAt('failing: port tcp:1', 'SIGKILL') });
  assert.not.equal(await engineContents(), before);
  const { exitCode, stderr } = await workspace.bake(['gc'], { signal });
  assert.is(exitCode, 0, stderr);
  assert.equal(await engineContents(), before);
  assert.equal(await readdir(join(workspace.home, 'ledger')), []);
});

test.run();
