import * as assert from 'uvu/assert';
import { KVM, TCG } from '../../../../src/platforms/qemu/accelerator.ts';
import { killCommand, type QemuOptions, qemuCommand } from '../../../../src/platforms/qemu/qemu-command.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('the command line of a virtual machine');

const OPTIONS: QemuOptions = {
  folder: '/home/a,b/vm',
  vm: {
    memory: 1024,
    cpus: 2,
    disk: {
      file: '/images/web.qcow2',
      format: 'qcow2',
      digest: 'sha256:0',
      kernel: {
        file: '/images/web,1.kernel',
        initrd: '/images/web.initrd',
        options: 'root=PARTLABEL=root rw',
      },
    },
  },
  overlay: '/home/a,b/vm/overlay.qcow2',
  hostname: 'web-1',
  accelerator: TCG,
  credentials: ['/dev/shm/a,b/0', '/dev/shm/a,b/1'],
};

function after(args: readonly string[], option: string): string[] {
  return args.flatMap((word, index) => (word === option ? [args[index + 1] ?? ''] : []));
}

test('names its folder by which its process is known, and boots the kernel of its disk', () => {
  const args = qemuCommand(OPTIONS);
  assert.equal(after(args, '-pidfile'), ['/home/a,b/vm/pid']);
  assert.equal(after(args, '-kernel'), ['/images/web,1.kernel']);
  assert.equal(after(args, '-append'), ['root=PARTLABEL=root rw systemd.hostname=web-1']);
  assert.equal(after(args, '-accel'), ['tcg,thread=multi']);
  assert.equal(after(args, '-smp'), ['2']);
  assert.equal(after(args, '-m'), ['1024']);
  assert.ok(args.includes('-daemonize'));
});

test('writes a comma in a value of a list twice, and one in JSON once', () => {
  const args = qemuCommand(OPTIONS);
  assert.equal(after(args, '-smbios'), ['file=/dev/shm/a,,b/0', 'file=/dev/shm/a,,b/1']);
  const [disk] = after(args, '-blockdev').map((text) => JSON.parse(text));
  assert.is(disk.file.filename, '/home/a,b/vm/overlay.qcow2');
  assert.ok(after(args, '-chardev').some((text) => text.endsWith('path=/home/a,,b/vm/console.log')));
});

test('has sockets whose names are short, however long the folder’s is', () => {
  const args = qemuCommand({ ...OPTIONS, folder: `/${'x'.repeat(300)}`, channel: true });
  assert.equal(after(args, '-qmp'), [
    'unix:qmp.sock,server=on,wait=off',
    'unix:jobs.sock,server=on,wait=off',
  ]);
  assert.ok(after(args, '-chardev').some((text) => text.includes('path=renew.sock')));
});

test('without a kernel it boots by the firmware; with saved memory it stands still until it is told to go on', () => {
  const { kernel: _kernel, ...disk } = OPTIONS.vm.disk;
  const firmware = { code: '/usr/share/OVMF/CODE.fd', variables: '/vm/firmware.fd' };
  const args = qemuCommand({
    ...OPTIONS,
    vm: { ...OPTIONS.vm, disk },
    firmware,
    accelerator: KVM,
    resume: true,
  });
  assert.equal(after(args, '-kernel'), []);
  assert.equal(after(args, '-drive'), [
    'if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/CODE.fd',
    'if=pflash,unit=1,format=raw,file=/vm/firmware.fd',
  ]);
  assert.equal(after(args, '-cpu'), ['host']);
  assert.equal(after(args, '-incoming'), ['defer']);
  assert.ok(args.includes('-S'));
});

test('is ended by hand with a command that any shell reads', () => {
  assert.is(killCommand("/it's"), `kill -9 "$(cat '/it'\\''s/pid')"`);
});

test.run();
