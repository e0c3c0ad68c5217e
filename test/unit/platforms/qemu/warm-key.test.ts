import * as assert from 'uvu/assert';
import type { Vm } from '../../../../src/platforms/platform.ts';
import { KVM, TCG } from '../../../../src/platforms/qemu/accelerator.ts';
import { warmKey } from '../../../../src/platforms/qemu/warm-key.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('the key of a saved machine');

const KERNEL = { file: '/k', initrd: '/i', options: 'root=PARTLABEL=root' };
const DISK = { file: '/base.qcow2', format: 'qcow2', digest: 'sha256:00', kernel: KERNEL } as const;
const VM: Vm = { disk: DISK, memory: 1024, cpus: 2 };

test('is another one for all that it depends on, and the same for the same', async () => {
  const { kernel: _kernel, ...byFirmware } = DISK;
  const keys = await Promise.all([
    warmKey(VM, TCG, '7.2.22'),
    warmKey(VM, TCG, '7.2.23'),
    warmKey(VM, KVM, '7.2.22'),
    warmKey({ ...VM, memory: 512 }, TCG, '7.2.22'),
    warmKey({ ...VM, cpus: 1 }, TCG, '7.2.22'),
    warmKey({ ...VM, disk: { ...DISK, digest: 'sha256:01' } }, TCG, '7.2.22'),
    warmKey({ ...VM, disk: { ...DISK, file: '/other.qcow2' } }, TCG, '7.2.22'),
    warmKey({ ...VM, disk: { ...DISK, kernel: { ...KERNEL, options: 'quiet' } } }, TCG, '7.2.22'),
    warmKey({ ...VM, disk: { ...DISK, seed: true } }, TCG, '7.2.22'),
    warmKey({ ...VM, disk: byFirmware }, TCG, '7.2.22'),
  ]);
  assert.is(new Set(keys).size, keys.length);
  assert.is(await warmKey({ ...VM }, { ...TCG }, '7.2.22'), keys[0]);
  assert.match(keys[0] ?? '', /^[0-9a-f]{32}$/);
});

test.run();
