import * as assert from 'uvu/assert';
import { fateOf } from '../../../src/seal/residue.ts';
import { changedByRunning } from '../../../src/seal/runtime.ts';
import { suite } from '../../support/suite.ts';

const test = suite('what a machine changes by running');

/** What instances of the sample images were seen to make by themselves, and what other machines make. */
const MADE_ANEW = [
  'etc/.pwd.lock',
  'var/lib/dbus/machine-id',
  'tmp/.X11-unix',
  'tmp/systemd-private-7f76-systemd-logind.service-K6TXlZ/tmp',
  'var/tmp/a\nb',
  'var/lib/systemd/timers/stamp-apt-daily.timer',
  'var/lib/systemd/random-seed',
  'var/lib/systemd/credential.secret',
  'var/backups/dpkg.status.0',
  'var/backups/dpkg.status.1.gz',
  'var/backups/apt.extended_states.0',
  'var/backups/alternatives.tar.0',
  'var/cache/apt/pkgcache.bin',
  'var/cache/apt/srcpkgcache.bin',
  'var/lib/apt/daily_lock',
  'var/lib/dpkg/lock-frontend',
  'etc/ssh/ssh_host_ed25519_key',
  'etc/ssh/ssh_host_rsa_key.pub',
  'var/lib/dhcp/dhclient.eth0.leases',
  'var/crash/core',
  'var/lib/logrotate/status',
  'var/cache/man/index.db',
];

test('what a machine makes for itself may be there, and sealing removes it', () => {
  for (const path of MADE_ANEW) {
    assert.is(changedByRunning(path), 'presence', path);
    assert.is(fateOf(path, false), 'removed', path);
    assert.is(changedByRunning(`srv/${path}`), 'nothing', `srv/${path}`);
  }
});

test('logs come and go, and so does what lies below /run; a machine id only gets its content', () => {
  for (const path of ['var/log/syslog', 'var/log/journal/0123/system.journal', 'var/log/a.1', 'run/kiln'])
    assert.is(changedByRunning(path), 'presence', path);
  assert.is(changedByRunning('etc/machine-id'), 'content');
  assert.is(changedByRunning('dev'), 'presence');
  assert.is(changedByRunning('var/lib/systemd/linger/ann'), 'nothing');
});

test('the folders themselves do not change', () => {
  for (const path of [
    'tmp',
    'var/tmp',
    'var/log',
    'run',
    'var/crash',
    'var/backups',
    'etc/ssh',
    'var/cache/man',
  ])
    assert.is(changedByRunning(path), 'nothing', path);
});

test('what somebody made is no running, though sealing removes it', () => {
  const made = [
    'root/.ssh/authorized_keys',
    'home/ann/.ssh/authorized_keys2',
    'root/.bash_history',
    'root/.viminfo',
    'etc/passwd-',
    'etc/shadow-',
    'var/backups/shadow.bak',
    'var/backups/passwd.0',
    'var/lib/apt/lists/deb.example_InRelease',
    'var/lib/apt/periodic/update-stamp',
    'var/cache/apt/archives/a.deb',
    'var/lib/dpkg/status-old',
    'var/spool/cron/atjobs/a',
    'var/mail/root',
    'etc/sudoers.d/90-cloud-init-users',
    'etc/NetworkManager/system-connections/wifi',
    'etc/udev/rules.d/70-persistent-net.rules',
    'etc/ssh/ssh_host_rsa_key-cert.pub',
    'var/lib/puppet/state/x',
    'etc/puppet/ssl/ca',
    'root/.ansible/tmp/x',
    'root/.cache/x',
  ];
  for (const path of made) {
    assert.is(changedByRunning(path), 'nothing', path);
    assert.is(fateOf(path, false), 'removed', path);
  }
  for (const path of [
    'etc/sudoers.d/own',
    'var/spool/cron/crontabs/root',
    'etc/cron.d/own',
    'etc/machine-id2',
  ])
    assert.is(changedByRunning(path), 'nothing', path);
});

test.run();
