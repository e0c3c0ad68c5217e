import type { Vm } from '../../platforms/platform.ts';
import { assertUnaltered } from './assert-unaltered.ts';
import { assertUnalteredDisk } from './assert-unaltered-disk.ts';
import type { ChosenImage } from './choose-image.ts';
import { runtimeOf } from './image-runtime.ts';
import type { LaunchPorts } from './launch-ports.ts';

/** The very bytes of an image, found where its platform takes them from. */
export interface Startable {
  /** What a platform of virtual machines is given. */
  readonly vm?: Vm;
  /** `80/tcp`; empty when the image does not say what it listens on. */
  readonly listens: readonly string[];
}

/** Of an image whose record does not say: what a template gets that does not say either. */
const DEFAULT_VM = { memory: 1024, cpus: 2 };

/** Finds what instances of a chosen image are started from; `IMAGE_ALTERED`, `FORM_MISSING`. */
export async function startable(
  { record, form }: Pick<ChosenImage, 'record' | 'form'>,
  { images, home }: Pick<LaunchPorts, 'images' | 'home'>,
  signal: AbortSignal,
): Promise<Startable> {
  const { vm = DEFAULT_VM, ports } = runtimeOf(record);
  if (form.kind === 'disk') {
    const disk = await assertUnalteredDisk(record, home, signal);
    return { vm: { disk, memory: vm.memory, cpus: vm.cpus }, listens: ports ?? [] };
  }
  const { run } = await assertUnaltered(record, images, signal);
  return { listens: Object.keys(run.ExposedPorts ?? {}) };
}
