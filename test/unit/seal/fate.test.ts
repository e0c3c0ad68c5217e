import * as assert from 'uvu/assert';
import { fateOf } from '../../../src/seal/residue.ts';
import { suite } from '../../support/suite.ts';

const test = suite('what sealing does with a path');

/** For each rule: paths that go, and near misses that must stay. */
const REMOVED: Record<string, readonly [gone: readonly string[], kept: readonly string[]]> = {
  'D-Bus machine id': [['var/lib/dbus/machine-id'], ['var/lib/dbus', 'var/lib/dbus/machine-id.own']],
  seeds: [
    ['var/lib/systemd/random-seed', 'var/lib/systemd/credential.secret'],
    ['var/lib/systemd/random-seed.d', 'var/lib/systemd/credentialxsecret'],
  ],
  'EFI random seed': [
    ['boot/loader/random-seed', 'boot/efi/loader/random-seed', 'efi/loader/random-seed'],
    ['loader/random-seed', 'boot/loader/loader.conf', 'boot/loader/random-seed.d'],
  ],
  'SSH host keys': [
    ['etc/ssh/ssh_host_rsa_key', 'etc/ssh/ssh_host_ed25519_key.pub'],
    ['etc/ssh/sshd_config', 'etc/ssh/ssh_host_keys/readme', 'etc/ssh'],
  ],
  'authorised keys': [
    ['root/.ssh/authorized_keys', 'home/ann/.ssh/authorized_keys2'],
    ['home/ann/.ssh/config', 'home/.ssh/authorized_keys', 'root/.ssh/authorized_keys3'],
  ],
  'DHCP leases': [
    ['var/lib/dhcp/dhclient.eth0.leases', 'var/lib/NetworkManager/internal-x.lease'],
    ['var/lib/dhcp', 'var/lib/misc/dnsmasq.leases', 'var/lib/dhcp/leases.d/own'],
  ],
  'network card names': [
    ['etc/udev/rules.d/70-persistent-net.rules'],
    ['etc/udev/rules.d/70-own.rules', 'etc/udev/rules.d/70-persistent-net.rules.own'],
  ],
  'NetworkManager profiles': [
    ['etc/NetworkManager/system-connections/wifi'],
    ['etc/NetworkManager/system-connections', 'etc/NetworkManager/conf.d/a'],
  ],
  iSCSI: [['etc/iscsi/initiatorname.iscsi'], ['etc/iscsi/iscsid.conf', 'etc/iscsi/initiatorname.iscsi.own']],
  'cloud-init': [
    ['var/lib/cloud/instance', 'run/cloud-init/x', 'etc/sudoers.d/90-cloud-init-users'],
    ['var/lib/cloud', 'etc/cloud/cloud.cfg', 'etc/sudoers.d/90-cloud-init-users.own'],
  ],
  journal: [['var/log/journal/0123/system.journal', 'var/log/journal/a\nb'], ['var/log/journal']],
  histories: [
    [
      'root/.bash_history',
      'home/ann/.python_history',
      'root/.lesshst',
      'root/.viminfo',
      'home/ann/.wget-hsts',
    ],
    ['root/bash_history', 'home/ann/.bashrc', 'etc/skel/.bash_history', 'root/.viminfo.d'],
  ],
  'tool state in homes': [
    ['root/.ansible', 'root/.ansible/tmp/x', 'home/ann/.cache/uv/y', 'root/.puppetlabs/etc'],
    ['root/.ansible.cfg', 'root/.cached', 'opt/.cache/x', 'home/ann/.config'],
  ],
  'temporary files': [
    ['tmp/x', 'tmp/a\nb', 'var/tmp/.hidden'],
    ['tmp', 'var/tmp', 'srv/tmp/x'],
  ],
  'mail and jobs': [
    ['var/mail/root', 'var/spool/mail/root', 'var/spool/cron/atjobs/a'],
    ['var/mail', 'var/spool/cron/crontabs/root'],
  ],
  'crash data': [
    ['var/crash/x', 'var/lib/systemd/coredump/x'],
    ['var/crash', 'var/lib/systemd/linger/x'],
  ],
  'timer stamps': [['var/lib/systemd/timers/stamp-apt.timer'], ['var/lib/systemd/timers']],
  apt: [
    ['var/lib/apt/lists/deb.example_InRelease', 'var/lib/apt/lists/partial/x', 'var/lib/apt/periodic/x'],
    [
      'var/lib/apt/lists',
      'var/lib/apt/lists/partial',
      'var/lib/apt/extended_states',
      'var/lib/apt/extended_states.old.own',
    ],
  ],
  'apt caches': [
    ['var/cache/apt/pkgcache.bin', 'var/cache/apt/archives/a.deb', 'var/cache/apt/archives/partial/a'],
    [
      'var/cache/apt/archives',
      'var/cache/apt/archives/partial',
      'var/cache/apt/readme',
      'var/cache/apt/pkgcache.bin.own',
    ],
  ],
  caches: [
    ['var/cache/ldconfig/aux-cache', 'var/cache/man/index.db', 'var/cache/fontconfig/x'],
    ['var/cache/man', 'var/cache/nginx/x', 'etc/ld.so.cache', 'var/cache/ldconfig/aux-cache.own'],
  ],
  'account backups': [
    ['etc/passwd-', 'etc/gshadow-', 'etc/.pwd.lock'],
    ['etc/passwd', 'etc/subuid', 'etc/shells-', 'etc/passwd-own'],
  ],
  'package backups': [
    [
      'var/backups/dpkg.status.0',
      'var/lib/dpkg/status-old',
      'var/cache/debconf/config.dat-old',
      'var/lib/dpkg/lock',
    ],
    ['var/lib/dpkg/status', 'var/lib/dpkg/status-old.own', 'var/cache/debconf/config.dat', 'var/backups'],
  ],
  Puppet: [
    [
      'var/lib/puppet/state/x',
      'var/cache/puppet/reports/a',
      'opt/puppetlabs/puppet/cache/x',
      'etc/puppet/ssl/ca',
    ],
    ['var/lib/puppet/state', 'etc/puppet/puppet.conf', 'opt/puppetlabs/puppet/bin/puppet', 'etc/puppet/ssl'],
  ],
  "the bake's own": [
    ['run/kiln', 'run/kiln/bundle/x'],
    ['run/kilns', 'srv/run/kiln'],
  ],
};

for (const [rule, [gone, kept]] of Object.entries(REMOVED)) {
  test(`${rule}: what the rule means goes, what only looks like it stays`, () => {
    for (const path of gone) assert.is(fateOf(path, false), 'removed', path);
    for (const path of gone) assert.is(fateOf(`srv/${path}`, false), 'kept', `srv/${path}`);
    for (const path of kept) assert.is(fateOf(path, true), 'kept', path);
    for (const path of kept.filter((one) => !one.startsWith('var/log')))
      assert.is(fateOf(path, false), 'kept', path);
  });
}

test('logs lose their content, those that were rotated away go', () => {
  for (const path of [
    'var/log/syslog',
    'var/log/nginx/access.log',
    'var/log/wtmp',
    'var/log/a.1/b',
    'etc/machine-id',
  ])
    assert.is(fateOf(path, false), 'emptied', path);
  const rotated = [
    'syslog.1',
    'a.log.2.gz',
    'dmesg.old',
    'b/c.xz',
    'app-20260101',
    'app-2026-01-01.log',
    'a\nb.1',
  ];
  for (const name of rotated) assert.is(fateOf(`var/log/${name}`, false), 'removed', name);
  for (const path of [
    'var/log',
    'var/logs/a',
    'srv/var/log/a',
    'srv/var/log/a.1',
    'etc/machine-id.own',
    'etc/machine-info',
  ])
    assert.is(fateOf(path, false), 'kept', path);
});

test('a folder for logs stays, whatever it is called: a daemon may not start without it', () => {
  for (const path of ['var/log/nginx', 'var/log/app-1.2', 'var/log/2026-01-01', 'var/log/app.old'])
    assert.is(fateOf(path, true), 'kept', path);
});

test.run();
