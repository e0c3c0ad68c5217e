import type { ImageRecord } from '../catalogue/record.ts';
import type { Catalogue } from '../catalogue/store.ts';
import { Fault } from '../core/fault.ts';
import { diffImages, type ImageDiff } from './diff-images.ts';

/** What changed since an image, in a few words. */
export interface SinceImage {
  /** `web@6` */
  readonly name: string;
  /** `4 packages upgraded, 1 added`, `2 files changed outside packages`; never empty. */
  readonly lines: readonly string[];
}

/** What changed from the version before to this image; nothing when there is none that can be compared. */
export async function sincePrevious(
  record: ImageRecord,
  catalogue: Catalogue,
): Promise<(SinceImage & { readonly bytes: number }) | undefined> {
  const versions = await catalogue.versions(record.template);
  const previous = versions.filter((version) => version < record.version).at(-1);
  if (previous === undefined) return undefined;
  const name = `${record.template}@${previous}`;
  try {
    const { bytes } = await catalogue.get(name);
    return { bytes, ...sinceImage(await diffImages(name, record.name, catalogue)) };
  } catch (error) {
    // The image is published: that an older record is damaged is said by `bake list`, and one that was just removed
    // by nobody.
    if (error instanceof Fault && ['RECORD_DAMAGED', 'IMAGE_UNKNOWN'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Sums a comparison up for the line that ends a bake. */
export function sinceImage(diff: ImageDiff): SinceImage {
  const { packages, services, users, ports, files } = diff;
  const outside = files?.outside.length ?? 0;
  const lines = [
    counted('package', [
      ['upgraded', packages.upgraded.length],
      ['downgraded', packages.downgraded.length],
      ['added', packages.added.length],
      ['removed', packages.removed.length],
    ]),
    outside === 0 ? '' : `${outside} ${outside === 1 ? 'file' : 'files'} changed outside packages`,
    ...Object.entries({ service: services, user: users, port: ports }).map(
      ([noun, { added, removed, changed }]) =>
        counted(noun, [
          ['added', added.length],
          ['removed', removed.length],
          ['changed', changed.length],
        ]),
    ),
  ].filter((part) => part !== '');
  return { name: diff.before.name, lines: lines.length > 0 ? lines : [nothingChanged(diff)] };
}

function nothingChanged({ same, filesUnknown, files }: ImageDiff): string {
  if (same) return 'the same content';
  if (filesUnknown !== undefined) return `no package changed; files unknown: ${filesUnknown}`;
  const own = (files?.byPackageManager ?? 0) + (files?.byPackages ?? 0);
  return `no package changed; ${own} of the package manager's own ${own === 1 ? 'file' : 'files'} did`;
}

/** `4 packages upgraded, 1 added`: the noun once, what is zero left out. */
function counted(noun: string, counts: readonly (readonly [string, number])[]): string {
  const present = counts.filter(([, count]) => count > 0);
  return present
    .map(([verb, count], index) =>
      index === 0 ? `${count} ${count === 1 ? noun : `${noun}s`} ${verb}` : `${count} ${verb}`,
    )
    .join(', ');
}
