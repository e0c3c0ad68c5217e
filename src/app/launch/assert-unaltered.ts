import type { ImageRecord } from '../../catalogue/record.ts';
import { Fault } from '../../core/fault.ts';
import type { OciImage, OciStore } from '../../forms/oci/oci-store.ts';
import { formFor } from './form-for.ts';

/**
 * Finds an image in the engine by its record's bytes, and nothing else: by their id, never by a name, which must lead
 * to the same id where it is there. What the image says of its content must be the record's digest.
 *
 * `IMAGE_ALTERED` when one of them is another; `FORM_MISSING` when the engine does not have it at all.
 */
export async function assertUnaltered(
  record: ImageRecord,
  images: Pick<OciStore, 'inspect'>,
  signal: AbortSignal,
): Promise<OciImage> {
  const { digest: id, tag } = formFor(record, 'docker');
  const [image, named] = await Promise.all([images.inspect(id, signal), images.inspect(tag, signal)]);
  if (named !== undefined && named.id !== id) {
    throw new Fault('IMAGE_ALTERED', `the bytes behind ${tag} are not those of ${record.name}`, {
      details: [`${tag} is ${named.id}`, `the record says ${id}`],
      hint:
        image === undefined
          ? `Its own bytes are not in the engine any more: load them from a copy, or bake a new image, \`bake image ${record.template}\`.`
          : `Find out who changed it; \`docker tag ${id} ${tag}\` gives the name back.`,
    });
  }
  if (image === undefined) {
    throw new Fault(
      'FORM_MISSING',
      `${record.name} has a record, but its container image is not in the engine`,
      {
        details: [id],
        hint: `Load it from where it is, \`docker save ${tag}\` there and \`docker load\` here, or bake a new one: \`bake image ${record.template}\`.`,
      },
    );
  }
  const says = image.run.Labels?.['kiln.digest'];
  if (says === record.digest) return image;
  throw new Fault('IMAGE_ALTERED', `the image of ${record.name} in the engine is not what its record says`, {
    details: [`the image says ${says ?? 'nothing'}`, `the record says ${record.digest}`],
    hint: `The record may have been changed: restore it from a backup, or bake a new image, \`bake image ${record.template}\`.`,
  });
}
