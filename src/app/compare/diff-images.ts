import { access } from 'node:fs/promises';
import { diffInventories, type InventoryDiff } from '../../catalogue/diff.ts';
import type { ImageRecord } from '../../catalogue/record.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import { readStoredPackageFiles } from '../../catalogue/stored-package-files.ts';
import { readManifest } from '../../tree/manifest.ts';
import { type ChangedFiles, changedFiles, type TreeWithPackages } from './changed-files.ts';
import { type NamedChange, namedChanges } from './named-changes.ts';
import { type Cause, whyDifferent } from './why-different.ts';

/** What changed from one image to another. */
export interface ImageDiff extends InventoryDiff {
  readonly before: ComparedImage;
  readonly after: ComparedImage;
  /** Both have the same content, whatever their names. */
  readonly same: boolean;
  /** The parts of the bake key that differ: why the later one could come out differently. */
  readonly why: readonly Cause[];
  /** The programs that baked them, kiln aside, which is part of the key. */
  readonly tools: readonly ToolChange[];
  /** Nothing when a tree's manifest is gone; `filesUnknown` says which. */
  readonly files?: ChangedFiles;
  readonly filesUnknown?: string;
}

export interface ToolChange extends NamedChange {
  /** Versions. */
  readonly from?: string;
  readonly to?: string;
}

export interface ComparedImage {
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
  readonly created: string;
}

/** Compares two images by their names; `IMAGE_UNKNOWN` or `RECORD_DAMAGED` when one cannot be had. */
export async function diffImages(before: string, after: string, catalogue: Catalogue): Promise<ImageDiff> {
  return await diffRecords(await catalogue.get(before), await catalogue.get(after), catalogue);
}

/** Compares two images by their records and, when their content differs, the trees' manifests. */
async function diffRecords(
  before: ImageRecord,
  after: ImageRecord,
  catalogue: Catalogue,
): Promise<ImageDiff> {
  const same = before.digest === after.digest;
  const [olds, news] = same ? [] : [await treeOf(before, catalogue), await treeOf(after, catalogue)];
  const unknown = [olds, news].filter((side) => typeof side === 'string');
  return {
    before: compared(before),
    after: compared(after),
    same,
    why: whyDifferent(before, after),
    tools: changedTools(before.tools, after.tools),
    // What ran and listened was seen in the machines: a container and a virtual machine differ there for one content.
    ...diffInventories(before.inventory, same ? before.inventory : after.inventory),
    ...(unknown.length > 0
      ? { filesUnknown: unknown.join('; ') }
      : {
          files: typeof olds === 'object' && typeof news === 'object' ? changedFiles(olds, news) : NO_CHANGES,
        }),
  };
}

const NO_CHANGES: ChangedFiles = {
  configuration: [],
  outside: [],
  byPackages: 0,
  byPackageManager: 0,
  setUid: { added: [], removed: [] },
  growth: [],
};

function changedTools(before: ImageRecord['tools'], after: ImageRecord['tools']): ToolChange[] {
  return namedChanges(before, after)
    .filter(({ name }) => name !== 'kiln')
    .map((change) => {
      const [from, to] = [before[change.name], after[change.name]];
      return { ...change, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    });
}

function compared({ name, digest, bytes, created }: ImageRecord): ComparedImage {
  return { name, digest, bytes, created };
}

/** A tree with its packages' files, or a sentence that says what of it is gone. */
async function treeOf(record: ImageRecord, catalogue: Catalogue): Promise<TreeWithPackages | string> {
  const file = catalogue.manifestPath(record.digest);
  if (!(await exists(file))) return `the content manifest of ${record.name} is gone`;
  const packageFiles = await readStoredPackageFiles(catalogue.packageFilesPath(record.digest));
  if (packageFiles === undefined) return `the list of packages' files of ${record.name} is gone`;
  const manifest = await readManifest(file, record.manifest.digest);
  return { manifest, packageFiles, packages: record.inventory.packages };
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
