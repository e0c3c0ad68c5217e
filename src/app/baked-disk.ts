import type { ReadyBase } from '../bases/base.ts';
import { diskForm, type MasteredDisk } from '../forms/disk/disk-form.ts';
import type { HealthReport } from '../health/result.ts';
import type { BootDisk, Machine } from '../platforms/platform.ts';
import type { Tree } from '../tree/capture.ts';
import { assertHealthy } from './assert-healthy.ts';
import type { Bake } from './bake.ts';
import type { FormAround, Verified } from './ship-form.ts';

/** The disk that boots by itself, made and booted once for all forms that take it. */
export interface BakedDisk {
  readonly form: ReturnType<typeof diskForm>;
  master(tree: Tree, around: FormAround): Promise<MasteredDisk>;
  /** A cold boot, which is also the test that services come up by themselves after a restart: the same checks pass. */
  boot(around: FormAround): Promise<Booted>;
}

/** A machine of it, and what the checks came to. */
export interface Booted extends Verified {
  readonly health: HealthReport;
  readonly machine: Machine;
}

export function bakedDisk(bake: Bake, base: ReadyBase): BakedDisk {
  const { template, home, work, qemu } = bake;
  const form = diskForm({ home, work });
  let mastered: Promise<MasteredDisk> | undefined;
  let booted: Promise<Booted> | undefined;

  async function master(tree: Tree, { scope, log, signal }: FormAround): Promise<MasteredDisk> {
    const { size, compression } = template.disk;
    const note = (message: string) => log.note(message);
    const spec = { bake: bake.id, size, compression, epoch: base.epoch, note };
    return await form.master(tree, spec, scope, signal);
  }

  async function boot({ scope, log, signal }: FormAround): Promise<Booted> {
    if (mastered === undefined) throw new Error('a disk is booted after it was made');
    const { ref, boot: kernel } = await mastered;
    const platform = await qemu();
    // Nothing but firmware starts an AMI, so its loader has to be seen at work.
    const byLoader = template.forms.includes('ami');
    const disk: BootDisk = {
      file: ref.file,
      format: 'qcow2',
      digest: ref.digest,
      ...(byLoader ? {} : { kernel }),
    };
    const common = {
      bake: bake.id,
      template: template.name,
      purpose: 'verify',
      init: 'systemd',
      asImage: true,
    } as const;
    const vm = { ...template.vm, disk, cold: true };
    const note = (message: string) => log.note(message);
    const machine = await platform.start({ ...common, base: vm, note }, scope, signal);
    bake.onMachine(machine);
    return { machine, health: await assertHealthy(machine, template, { log, signal }) };
  }

  return {
    form,
    master(...given) {
      mastered ??= master(...given);
      return mastered;
    },
    boot(around) {
      booted ??= boot(around);
      return booted;
    },
  };
}
