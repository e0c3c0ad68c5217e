import { baseImageOf } from './find-revocation.ts';
import type { ImageRecord } from './record.ts';

/** An image as far as it matters what it is and what it is based on. */
export type Based = Pick<ImageRecord, 'name' | 'digest' | 'base'>;

/**
 * All that an image's revocation is about: the image, those of the very same bytes, and what is based on any of them,
 * directly or not; a base comes before what is based on it.
 */
export function withAllBasedOn<T extends Based>(
  images: readonly T[],
  of: Pick<Based, 'name' | 'digest'>,
): T[] {
  const found = new Set(images.filter(({ name, digest }) => name === of.name || digest === of.digest));
  const names = new Set([of.name, ...[...found].map(({ name }) => name)]);
  const digests = new Set([of.digest, ...[...found].map(({ digest }) => digest)]);
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const image of images) {
      const base = baseImageOf(image.base);
      const isBased = base !== undefined && (names.has(base) || digests.has(image.base.digest));
      if (found.has(image) || !(isBased || digests.has(image.digest))) continue;
      found.add(image);
      names.add(image.name);
      digests.add(image.digest);
    }
  }
  return [...found];
}
