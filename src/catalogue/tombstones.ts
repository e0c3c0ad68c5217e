import { rm } from 'node:fs/promises';
import { writeFileAtomically } from '../core/atomic-file.ts';
import { syncFolder } from '../core/durable-folder.ts';
import { Fault } from '../core/fault.ts';
import { namesIn } from '../core/names-in.ts';
import { COPIES, readCopies } from './ami-copies.ts';
import { CONFIRMED } from './confirmation.ts';
import type { ImageRecord } from './record.ts';
import { RECORD, recordFiles } from './record-files.ts';
import { ascending } from './record-folder.ts';
import { type ImagePart, PRUNED, readTombstone, type Tombstone, tombstoneText } from './tombstone.ts';

/** Of a record what its tombstone says. */
export type BuriedImage = Pick<ImageRecord, 'name' | 'template' | 'version' | 'digest' | 'created' | 'forms'>;

/** What is left of pruned images. Only one process at a time may change any of it. */
export interface Tombstones {
  /**
   * Takes an image out of the catalogue. What has to be removed after that is on disk before its record goes, in one
   * step: at any moment there is an image with its record, or a tombstone that says what is pending. `DISK_FULL`.
   */
  bury(record: BuriedImage, by: string, at: Date): Promise<Tombstone>;
  /** Those of which something is not removed yet, by template and version, or the fault of one that cannot be read. */
  unfinished(): Promise<(Tombstone | Fault)[]>;
  /** Where a tombstone lies. */
  fileOf(tombstone: Tombstone): string;
  /** Writes down what is still not removed. */
  settle(tombstone: Tombstone, pending: readonly ImagePart[]): Promise<Tombstone>;
}

/** Tombstones as files beside the records: `HOME/records/TEMPLATE/VERSION.pruned`. */
export function openTombstones(home: string): Tombstones {
  const { root, folderOf, fileOf, names } = recordFiles(home);
  const tombstoneFile = ({ template, version }: Pick<Tombstone, 'template' | 'version'>) =>
    fileOf(template, version, PRUNED);

  async function write(tombstone: Tombstone): Promise<Tombstone> {
    await writeFileAtomically(tombstoneFile(tombstone), tombstoneText(tombstone));
    await syncFolder(folderOf(tombstone.template));
    return tombstone;
  }

  return {
    async bury(record, by, at) {
      const { name: image, template, version, digest, created, forms } = record;
      const copies = await readCopies(fileOf(template, version, COPIES));
      const pending: ImagePart[] = [...new Set(forms.map(({ kind }) => kind)), 'tree'];
      const tombstone = {
        image,
        template,
        version,
        digest,
        created,
        at: at.toISOString(),
        by,
        forms,
        ...(copies.length === 0 ? {} : { copies }),
        pending,
      };
      await write(tombstone);
      await rm(fileOf(template, version, RECORD));
      for (const ending of [CONFIRMED, COPIES]) await rm(fileOf(template, version, ending), { force: true });
      await syncFolder(folderOf(template));
      return tombstone;
    },

    async unfinished() {
      const found: (Tombstone | Fault)[] = [];
      for (const template of await namesIn(root)) {
        const there = names(template);
        const records = new Set(there.get(RECORD));
        for (const version of ascending(there.get(PRUNED))) {
          // Whoever wrote it was killed before the record went: it is an image as before.
          if (records.has(version)) continue;
          const one = await faultOr(
            readTombstone(tombstoneFile({ template, version }), `${template}@${version}`),
          );
          if (one instanceof Fault || (one !== undefined && one.pending.length > 0)) found.push(one);
        }
      }
      return found;
    },

    fileOf: tombstoneFile,
    settle: (tombstone, pending) => write({ ...tombstone, pending }),
  };
}

async function faultOr<T>(work: Promise<T>): Promise<T | Fault> {
  return await work.catch((error: unknown) => {
    if (error instanceof Fault) return error;
    throw error;
  });
}
