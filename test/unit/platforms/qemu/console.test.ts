import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { bootProgress, consoleTail, readConsole } from '../../../../src/platforms/qemu/console.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('the console of a machine that boots');

/** What Debian 12 shows, in its order. */
const LINES: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['firmware', 'BdsDxe: loading Boot0001 "UEFI Misc Device"'],
  ['boot loader', 'BdsDxe: starting Boot0001 "UEFI Misc Device"'],
  ['kernel', '[    0.000000] Linux version 6.1.0-40-cloud-amd64 (debian-kernel@lists.debian.org)'],
  ['initrd', '[    2.1] Run /init as init process'],
  ['root mounted', '[    3.8] EXT4-fs (vda2): mounted filesystem with ordered data mode.'],
  ['systemd', 'Welcome to Debian GNU/Linux 12 (bookworm)!'],
  ['network', '[  OK  ] Started systemd-networkd.service - Network Configuration.'],
  ['network', '         Starting ssh.service - OpenBSD Secure Shell server...'],
  ['sshd', '[  OK  ] Started ssh.service - OpenBSD Secure Shell server.'],
  ['up', '[  OK  ] Reached target multi-user.target - Multi-User System.'],
];

test('says how far it has come', () => {
  let shown = '';
  for (const [stage, line] of LINES) {
    shown += `${line}\n`;
    assert.equal(bootProgress(shown), { stage }, line);
  }
});

test('says by which line it goes no further', () => {
  const kernel = `${LINES[3]?.[1]}\n`;
  for (const line of [
    'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    'ALERT! PARTLABEL=root does not exist.  Dropping to a shell!',
    'You are in emergency mode. After logging in, type "journalctl -xb" to view',
    'systemd[1]: Freezing execution.',
  ]) {
    const { stage, stuck } = bootProgress(`${kernel}${line}\n`);
    assert.is(stage, 'kernel');
    assert.ok(stuck !== undefined && line.includes(stuck), `${stuck}`);
  }
});

test('is read without what only a terminal reads', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'console.log');
  assert.is(await readConsole(file), '');
  await writeFile(file, '\u001b[2J\u001b[0;32mone\u001b[0m\r\n\r\n\u0007two\r\nthree\n');
  assert.is(await readConsole(file), 'one\n\ntwo\nthree\n');
  assert.equal(await consoleTail(file, 2), ['two', 'three']);
});

test.run();
