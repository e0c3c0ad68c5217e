import type { ImageRecord } from '../../catalogue/record.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import { Fault } from '../../core/fault.ts';
import { formIdOf } from '../../core/form-id.ts';
import type { Instance } from '../../platforms/launcher.ts';

/** The record of the image that an instance runs, or why it cannot be said to run one. */
export async function recordOf(
  instance: Instance,
  catalogue: Pick<Catalogue, 'get' | 'copies'>,
): Promise<ImageRecord | { readonly why: string }> {
  const { image, digest, runs } = instance;
  try {
    const record = await catalogue.get(image);
    if (record.digest !== digest)
      return { why: `it is labelled ${image}, but with another digest than the record’s` };
    if (record.runtime === undefined) return { why: `the record of ${image} is from an older Kiln` };
    if (record.forms.some((form) => formIdOf(form) === runs)) return record;
    const isCopy = runs.startsWith('ami-') && (await catalogue.copies(record)).some(({ id }) => id === runs);
    if (isCopy) return record;
    return { why: `it does not run the bytes of ${image}` };
  } catch (error) {
    if (!(error instanceof Fault) || !['IMAGE_UNKNOWN', 'RECORD_DAMAGED', 'USAGE'].includes(error.code))
      throw error;
    return { why: error.code === 'RECORD_DAMAGED' ? error.message : `${image} has no record` };
  }
}
