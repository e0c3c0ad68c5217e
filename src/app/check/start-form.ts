import type { ImageRecord } from '../../catalogue/record.ts';
import type { Machine } from '../../platforms/platform.ts';
import type { BakeryPorts } from '../bakery.ts';
import { assertUnaltered } from '../launch/assert-unaltered.ts';
import { assertUnalteredDisk } from '../launch/assert-unaltered-disk.ts';
import { runtimeOf } from '../launch/image-runtime.ts';
import type { FormAround } from '../ship-form.ts';

/** The forms that a machine for checks is started from: here, and not in a cloud. */
export const STARTED_FORMS = ['oci', 'disk'] as const;
export type StartedForm = (typeof STARTED_FORMS)[number];

/** Of an image whose record does not say; as a template has it that says nothing. */
const VM = { memory: 1024, cpus: 2 };

/**
 * Starts a fresh machine of an image from one of its forms, by its record's very bytes, as a bake's verify does: nothing
 * is handed in. `IMAGE_ALTERED`, `FORM_MISSING`.
 */
export async function startForm(
  record: ImageRecord,
  form: StartedForm,
  { docker, qemu, home, id }: Pick<BakeryPorts, 'docker' | 'qemu' | 'home'> & { readonly id: string },
  { scope, log, signal }: FormAround,
): Promise<Machine> {
  const { init, vm = VM } = runtimeOf(record);
  const note = (message: string) => log.note(message);
  const common = { bake: id, template: record.template, purpose: 'check', init, asImage: true, note };
  if (form === 'disk') {
    const disk = await assertUnalteredDisk(record, home, signal);
    const platform = await qemu();
    return await platform.start({ ...common, base: { ...vm, disk, cold: true } }, scope, signal);
  }
  const { id: base } = await assertUnaltered(record, docker.images, signal);
  return await docker.platform.start({ ...common, base }, scope, signal);
}
