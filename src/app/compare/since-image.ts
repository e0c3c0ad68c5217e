import { diffInventories, type InventoryDiff } from '../../catalogue/diff.ts';
import { type BakeKeyPart, changedKeyParts } from '../../catalogue/lineage.ts';
import type { ImageRecord } from '../../catalogue/record.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import { Fault } from '../../core/fault.ts';
import { diffImages, type ImageDiff } from './diff-images.ts';

/** What changed since an image, and which part of what went in did, in a few words. */
export interface SinceImage {
  /** `web@6` */
  readonly name: string;
  /** `4 packages upgraded, 1 added`, `2 files changed outside packages`; never empty. */
  readonly lines: readonly string[];
  /** `base`, `bundle`, or `nothing that went in`; never empty. */
  readonly why: readonly string[];
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
  const outside = (diff.files?.outside.length ?? 0) + (diff.files?.configuration.length ?? 0);
  const files =
    outside === 0 ? '' : `${outside} ${outside === 1 ? 'file' : 'files'} changed outside packages`;
  const lines = [...privileged(diff), ...inventoryLines(diff, files)];
  return {
    name: diff.before.name,
    lines: lines.length > 0 ? lines : [nothingChanged(diff)],
    why: shortWhy(diff.why.map(({ part }) => part)),
  };
}

/** The same from two records alone, which is quick and says nothing about files. */
export function sinceRecord(before: ImageRecord, after: ImageRecord): SinceImage {
  const same = before.digest === after.digest;
  // As in a comparison of images: for one content, what machines showed does not count.
  const lines = same ? [] : inventoryLines(diffInventories(before.inventory, after.inventory));
  return {
    name: before.name,
    lines: lines.length > 0 ? lines : [same ? 'the same content' : 'only files changed'],
    why: shortWhy(changedKeyParts(before.bakeKey, after.bakeKey)),
  };
}

const WORDS: Readonly<Record<BakeKeyPart, string>> = {
  base: 'base',
  template: 'template',
  bundle: 'bundle',
  checks: 'checks',
  machine: 'machine',
  tool: 'kiln',
};

function shortWhy(parts: readonly BakeKeyPart[]): string[] {
  return parts.length === 0 ? ['nothing that went in'] : parts.map((part) => WORDS[part]);
}

/** What runs as its owner or group now and did not before comes first: nobody should overlook it. */
function privileged({ files }: ImageDiff): string[] {
  const line = counted('set-uid file', [
    ['added', files?.setUid.added.length ?? 0],
    ['removed', files?.setUid.removed.length ?? 0],
  ]);
  return line === '' ? [] : [line];
}

/** What of an inventory changed, by kind; `files` stands where a reader looks for it, after the packages. */
function inventoryLines({ packages, services, users, ports }: InventoryDiff, files = ''): string[] {
  return [
    counted('package', [
      ['upgraded', packages.upgraded.length],
      ['downgraded', packages.downgraded.length],
      ['added', packages.added.length],
      ['removed', packages.removed.length],
    ]),
    files,
    ...Object.entries({ service: services, user: users, port: ports }).map(
      ([noun, { added, removed, changed }]) =>
        counted(noun, [
          ['added', added.length],
          ['removed', removed.length],
          ['changed', changed.length],
        ]),
    ),
  ].filter((part) => part !== '');
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
