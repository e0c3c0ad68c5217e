import * as assert from 'uvu/assert';
import { driftOf } from '../../src/app/launch/drift-of.ts';
import { Scope } from '../../src/core/scope.ts';
import { connectEngine } from '../../src/platforms/docker/engine.ts';
import { treeOf } from '../../src/platforms/docker/export-tree.ts';
import type { Machine } from '../../src/platforms/platform.ts';
import { missing } from '../support/engines.ts';
import { preparedBase, startTestMachine } from '../support/machine.ts';
import { suite } from '../support/suite.ts';

const test = suite('drift of a real machine', { skip: await missing('docker') });

async function run(machine: Machine, script: string, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await machine.exec(['sh', '-e'], { signal, timeout: 120_000, stdin: script });
  if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}: ${stderr}`);
}

/** A running machine with systemd, and how it differs from the base that it was started from. */
async function startMachine(scope: Scope, signal: AbortSignal) {
  const machine = await startTestMachine(scope, { init: 'systemd', base: 'debian-12', signal });
  const manifest = await (await preparedBase('debian-12', scope, signal)).manifest();
  const { docker } = await connectEngine(signal);
  const source = treeOf(docker.getContainer(machine.id));
  const drift = async (state: readonly string[] = []) =>
    (await driftOf(source, manifest, state, signal)).map(({ path, kind, what }) =>
      [path, kind, ...what].join(' '),
    );
  return { machine, drift };
}

test('a machine does not drift by running, nor by what its timers start every day and week', async ({
  signal,
}) => {
  await using scope = new Scope();
  const { machine, drift } = await startMachine(scope, signal);
  assert.equal(await drift(), []);
  await run(
    machine,
    `services=$(systemctl list-timers --all --no-legend --no-pager | awk '{ print $NF }')
    test "$(echo "$services" | wc -l)" -ge 3
    for service in $services; do systemctl start "$service"; done
    systemctl restart systemd-journald systemd-logind
    journalctl --rotate
    test -e /var/backups/dpkg.status.0`,
    signal,
  );
  assert.equal(await drift(), []);
});

/** What somebody does to a machine, and what is said of it. */
const CHANGES: readonly (readonly [script: string, ...told: string[]])[] = [
  ['echo x >/etc/own.conf', '/etc/own.conf added'],
  // equal in size, and with the time that it had
  [
    `touch -r /etc/debian_version /run/time
    tr 0-9 1-90 </etc/debian_version >/run/other
    cat /run/other >/etc/debian_version
    touch -r /run/time /etc/debian_version`,
    '/etc/debian_version changed content',
  ],
  ['chmod 600 /etc/issue', '/etc/issue changed mode'],
  ['chown www-data /etc/issue.net', '/etc/issue.net changed owner'],
  ['chgrp www-data /etc/motd; echo more >>/etc/motd', '/etc/motd changed content owner'],
  ['rm /etc/skel/.profile', '/etc/skel/.profile removed'],
  ['chown www-data /etc/skel', '/etc/skel changed owner'],
  ['rm -r /etc/cron.d', '/etc/cron.d removed', '/etc/cron.d/e2scrub_all removed'],
  ['ln -sfn /tmp/os-release /etc/os-release', '/etc/os-release changed target'],
  ['echo ssh-ed25519 >/root/.ssh/authorized_keys', '/root/.ssh/authorized_keys added'],
  ['echo "passwd" >/root/.bash_history', '/root/.bash_history added'],
  ['chmod u+s /usr/bin/env', '/usr/bin/env changed mode'],
  ['setcap cap_net_raw+ep /usr/bin/find', '/usr/bin/find changed xattrs'],
  ['mv /usr/bin/tac /usr/bin/tac-2', '/usr/bin/tac removed', '/usr/bin/tac-2 added'],
  ['rm /etc/shells; mkdir /etc/shells', '/etc/shells changed type mode'],
  ['ln -f /etc/host.conf /etc/host-2.conf', '/etc/host-2.conf added'],
  ['chmod 1777 /var/log', '/var/log changed mode'],
  ['chmod 666 /var/log/wtmp', '/var/log/wtmp changed mode'],
  ['cp /usr/bin/id /var/tmp/id; chmod 4755 /var/tmp/id', '/var/tmp/id added'],
  ['rm /etc/machine-id; ln -s /run/id /etc/machine-id', '/etc/machine-id changed type mode'],
];

/** What is no drift: state, logs, temporary files, and what lies in memory only. */
const ALLOWED = `
  mkdir -p /srv/state/deep; echo x >/srv/state/deep/file; chmod 777 /srv/state
  echo a line >>/var/log/wtmp; head -c 1000000 /dev/zero >/var/log/app.log; rm /var/log/btmp
  logger "a line for the journal"
  echo x >/tmp/upload; mkdir /var/tmp/work; echo x >/run/app.pid; echo x >/dev/shm/x
  echo 127.0.0.1 other >>/etc/hosts`;

test('each change that somebody makes is named, and nothing else', async ({ signal }) => {
  await using scope = new Scope();
  const { machine, drift } = await startMachine(scope, signal);
  await run(machine, [ALLOWED, ...CHANGES.map(([script]) => script)].join('\n'), signal);
  const told = CHANGES.flatMap(([, ...lines]) => lines).sort();
  assert.equal((await drift(['/srv/state'])).sort(), told);
  assert.equal(
    (await drift()).sort(),
    [...told, '/srv/state added', '/srv/state/deep added', '/srv/state/deep/file added'].sort(),
  );
});

test.run();
