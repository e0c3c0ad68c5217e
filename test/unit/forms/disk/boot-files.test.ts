import * as assert from 'uvu/assert';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import { findBootFiles } from '../../../../src/forms/disk/boot-files.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { file, manifestOf, symlink } from '../../tree/sample-tree.ts';
import { bootable } from './sample-disk.ts';

const test = suite('boot files');

const without = (pattern: RegExp) => bootable().filter(({ path }) => !pattern.test(path));

async function found(members: readonly TarInput[]): Promise<string[]> {
  const { kernel, initrd } = findBootFiles(await manifestOf(members));
  return [kernel.path, initrd.path];
}

test('the newest kernel starts it, by numbers', async () => {
  assert.equal(await found(bootable()), ['boot/vmlinuz-6.10.1', 'boot/initrd.img-6.10.1']);
});

test('a kernel without its initrd is passed over for an older one', async () => {
  assert.equal(await found(without(/initrd.img-6.10/)), ['boot/vmlinuz-6.9.0', 'boot/initrd.img-6.9.0']);
});

test('where names have no version the links at the top say which', async () => {
  const kernel = [file('boot/Image', 'kernel'), file('boot/ram', 'initrd')];
  const links = [symlink('vmlinuz', 'boot/Image'), symlink('initrd.img', '/boot/../boot/ram')];
  assert.equal(await found([...without(/^boot\//), ...kernel, ...links]), ['boot/Image', 'boot/ram']);
});

test('all that is missing is said at once, with where to name it', async () => {
  const fault = await rejects(async () => findBootFiles(await manifestOf([file('boot', 'no folder')])), {
    code: 'TREE_NOT_BOOTABLE',
  });
  const told = fault.details.join('\n');
  for (const what of [
    /kernel/,
    /initrd/,
    /init .*systemd-sysv/,
    /SSH server .*openssh-server/,
    /folder \/proc/,
  ])
    assert.match(told, what);
  assert.match(fault.hint ?? '', /`boot:` of its base/);
});

test('each of them alone is missed', async () => {
  const cases: [RegExp, RegExp][] = [
    [/^boot\/vmlinuz/, /^there is no kernel/],
    [/^boot\/initrd/, /^there is no initrd \(boot\/initrd\.img-6\.10\.1\)$/],
    [/^usr\/lib\/systemd\/systemd$/, /^there is no init /],
    [/sshd$/, /^there is no SSH server/],
    [/^sys$/, /^there is no folder \/sys$/],
  ];
  for (const [gone, told] of cases) {
    const fault = await rejects(async () => findBootFiles(await manifestOf(without(gone))), {
      code: 'TREE_NOT_BOOTABLE',
    });
    assert.is(fault.details.length, 1);
    assert.match(fault.details[0] ?? '', told);
  }
});

test('links that lead nowhere, or to each other, are nothing', async () => {
  const turning = [symlink('usr/sbin/sshd', 'other'), symlink('usr/sbin/other', 'sshd')];
  await rejects(async () => findBootFiles(await manifestOf([...without(/sshd$/), ...turning])), {
    code: 'TREE_NOT_BOOTABLE',
  });
});

test.run();
