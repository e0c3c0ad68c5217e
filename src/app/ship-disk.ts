import type { ReadyBase } from '../bases/base.ts';
import { together } from '../core/together.ts';
import { diskForm, type MasteredDisk } from '../forms/disk/disk-form.ts';
import type { BootDisk } from '../platforms/platform.ts';
import type { Tree } from '../tree/capture.ts';
import { assertHealthy } from './assert-healthy.ts';
import { assertSameTree } from './assert-same-tree.ts';
import type { Bake } from './bake.ts';
import type { FormAround, Shipping, Verified } from './ship-form.ts';

/** The disk that boots by itself. */
export function shipDisk(bake: Bake, base: ReadyBase): Shipping {
  const { template, home, work, qemu } = bake;
  const form = diskForm({ home, work });
  return {
    async master(tree, { scope, log, signal }) {
      const { size, compression } = template.disk;
      const note = (message: string) => log.note(message);
      const spec = { bake: bake.id, size, compression, epoch: base.epoch, note };
      const mastered = await form.master(tree, spec, scope, signal);
      return { mastered, verify: (around) => verifyDisk(mastered, tree, around) };
    },
  };

  /**
   * A cold boot of it, which is also the test that services come up by themselves after a restart: the same checks pass,
   * and its tree, read back from the file, is the tree's digest.
   */
  async function verifyDisk(
    { ref, boot }: MasteredDisk,
    tree: Tree,
    { scope, log, signal }: FormAround,
  ): Promise<Verified> {
    const platform = await qemu();
    const disk: BootDisk = { file: ref.file, format: 'qcow2', digest: ref.digest, kernel: boot };
    const common = {
      bake: bake.id,
      template: template.name,
      purpose: 'verify',
      init: 'systemd',
      asImage: true,
    } as const;
    const note = (message: string) => log.note(message);
    const [machine] = await together(signal, [
      async (both) => {
        const vm = { ...template.vm, disk, cold: true };
        const machine = await platform.start({ ...common, base: vm, note }, scope, both);
        bake.onMachine(machine);
        return { machine, health: await assertHealthy(machine, template, { log, signal: both }) };
      },
      async (both) => assertSameTree('disk', await form.readTree(ref, scope, both), tree, both),
    ]);
    return machine;
  }
}
