import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import { sleep } from '../../src/core/wait.ts';
import { convertDisk } from '../../src/disks/convert-disk.ts';
import { diskTree } from '../../src/disks/disk-tree.ts';
import { diskForm } from '../../src/forms/disk/disk-form.ts';
import { changedByRunning } from '../../src/seal/runtime.ts';
import { scanTree } from '../../src/tree/capture.ts';
import { compareTrees } from '../../src/tree/compare.ts';
import { wholeBootableTree } from '../support/bootable-tree.ts';
import { suite } from '../support/suite.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

const test = suite('a disk boots by itself');

const OVMF = '/usr/share/OVMF';
const GIB = 1024 ** 3;

test('under UEFI with nothing but firmware and the disk, to a login; and can be read while it runs', async ({
  signal,
}) => {
  await using folder = await temporaryFolder();
  await using scope = new Scope();
  const { path } = folder;
  await using bootable = await wholeBootableTree(path, signal);
  const { tree, epoch } = bootable;
  const form = diskForm({ home: path, work: path });
  const spec = { bake: 'test', size: 2 * GIB, compression: 'none', epoch } as const;
  const { ref } = await form.master(tree, spec, scope, signal);
  const again = await scanTree(await form.readTree(ref, scope, signal), signal);
  assert.is(again.digest, tree.digest);

  const raw = join(path, 'disk.raw');
  await convertDisk({ from: { file: ref.file, format: 'qcow2' }, to: { file: raw, format: 'raw' }, signal });
  const { shown, qemu } = await bootUnderUefi(path, raw, scope);
  await shows(shown, /login: $/, signal);

  // As a host sees it whose machine has not been asked: its journal is open, and it goes on writing.
  const copy = join(path, 'copy.raw');
  // One moment, as of a host that lost its power.
  qemu.kill('SIGSTOP');
  await execa('cp', ['--sparse=always', raw, copy], { cancelSignal: signal });
  qemu.kill('SIGCONT');
  const running = await scanTree(diskTree({ file: copy, format: 'raw' }, path, scope), signal);
  const changes = compareTrees(await tree.manifest(), running.manifest).map(({ path }) => path);
  assert.ok(changes.includes('etc/machine-id'), 'the machine took its identity');
  // A host key in the making has a name of its own.
  const key = /^(etc\/ssh\/ssh_host_[a-z0-9]+_key)\.\w{10}$/;
  const outside = changes.filter((changed) => changedByRunning(changed.replace(key, '$1')) === 'nothing');
  assert.equal(outside, []);
});

/** Starts QEMU, which ends with the scope, and gives it with the file of what its serial console shows. */
async function bootUnderUefi(folder: string, raw: string, scope: Scope) {
  const vars = join(folder, 'vars.fd');
  const shown = join(folder, 'console');
  await copyFile(`${OVMF}/OVMF_VARS_4M.fd`, vars);
  await writeFile(shown, '');
  const flash = (file: string, readonly: string) => [
    '-drive',
    `if=pflash,format=raw,file=${file}${readonly}`,
  ];
  const argv = [
    ...['-machine', 'q35', '-accel', 'tcg', '-cpu', 'max', '-m', '1024', '-nodefaults', '-display', 'none'],
    ...flash(`${OVMF}/OVMF_CODE_4M.fd`, ',readonly=on'),
    ...flash(vars, ''),
    ...['-drive', `file=${raw},format=raw,if=virtio,cache=unsafe`, '-serial', `file:${shown}`],
  ];
  const qemu = execa('qemu-system-x86_64', argv, { reject: false, stdin: 'ignore' });
  scope.defer('qemu', async () => {
    qemu.kill('SIGKILL');
    await qemu;
  });
  return { shown, qemu };
}

async function shows(file: string, wanted: RegExp, signal: AbortSignal): Promise<void> {
  for (const end = Date.now() + 150_000; Date.now() < end; await sleep(300, signal)) {
    if (wanted.test(await readFile(file, 'utf8'))) return;
  }
  assert.unreachable(
    `not within 150 s; the console ends with:\n${(await readFile(file, 'utf8')).slice(-2000)}`,
  );
}

test.run();
