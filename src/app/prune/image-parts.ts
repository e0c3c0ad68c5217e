import { isAbsolute, join, normalize, sep } from 'node:path';
import { manifestFile, packageFilesFile } from '../../catalogue/image-files.ts';
import type { ImageForm } from '../../catalogue/record.ts';
import type { ImagePart } from '../../catalogue/tombstone.ts';
import type { Digest } from '../../core/digest.ts';

/** An image as far as it matters what there is of it. */
export interface Parts {
  readonly digest: Digest;
  readonly forms: readonly ImageForm[];
}

/** The files of a part, relative to `$KILN_HOME`, in the order in which they go: a disk before what starts it. */
export function filesOf({ digest, forms }: Parts, part: ImagePart): string[] {
  if (part === 'oci') return [];
  if (part === 'tree') return [manifestFile(digest), packageFilesFile(digest)];
  return forms.flatMap((form) =>
    form.kind === 'disk' ? [form.file, form.boot.kernel.file, form.boot.initrd.file] : [],
  );
}

/** All files of an image. */
export function allFilesOf(image: Parts): string[] {
  return [...filesOf(image, 'disk'), ...filesOf(image, 'tree')];
}

/** Where a file of a record lies; nothing where a record that somebody changed leads out of the folder of images. */
export function placeOf(file: string, home: string): string | undefined {
  const path = normalize(file);
  return isAbsolute(path) || !path.startsWith(`images${sep}`) ? undefined : join(home, path);
}
