import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../core/atomic-file.ts';
import { syncFolder } from '../core/durable-folder.ts';
import { Fault } from '../core/fault.ts';
import { CONFIRMED } from './confirmation.ts';
import type { ImageRecord } from './record.ts';
import { type ImagePart, readTombstone, type Tombstone, tombstoneText } from './tombstone.ts';

/** What is left of pruned images. Only one process at a time may change any of it. */
export interface Tombstones {
  /**
   * Takes an image out of the catalogue. What has to be removed after that is on disk before its record goes, in one
   * step: at any moment there is an image with its record, or a tombstone that says what is pending. `DISK_FULL`.
   */
  bury(record: ImageRecord, by: string, at: Date): Promise<Tombstone>;
  /** Those of which something is not removed yet, by template and version, or the fault of one that cannot be read. */
  unfinished(): Promise<(Tombstone | Fault)[]>;
  /** Where a tombstone lies. */
  fileOf(tombstone: Tombstone): string;
  /** Writes down what is still not removed. */
  settle(tombstone: Tombstone, pending: readonly ImagePart[]): Promise<Tombstone>;
}

const PRUNED_NAME = /^([1-9][0-9]*)\.pruned$/;

/** Tombstones as files beside the records: `HOME/records/TEMPLATE/VERSION.pruned`. */
export function openTombstones(home: string): Tombstones {
  const records = join(home, 'records');
  const fileOf = ({ template, version }: Pick<Tombstone, 'template' | 'version'>, kind: string) =>
    join(records, template, `${version}.${kind}`);

  async function write(tombstone: Tombstone): Promise<Tombstone> {
    await writeFileAtomically(fileOf(tombstone, 'pruned'), tombstoneText(tombstone));
    await syncFolder(join(records, tombstone.template));
    return tombstone;
  }

  return {
    async bury(record, by, at) {
      const { name: image, template, version, digest, created, forms } = record;
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
        pending,
      };
      await write(tombstone);
      await rm(fileOf(record, 'json'));
      await rm(fileOf(record, CONFIRMED), { force: true });
      await syncFolder(join(records, template));
      return tombstone;
    },

    async unfinished() {
      const found: (Tombstone | Fault)[] = [];
      for (const template of (await namesIn(records)).sort()) {
        const names = new Set(await namesIn(join(records, template)));
        const versions = [...names].flatMap((name) => PRUNED_NAME.exec(name)?.[1] ?? []).map(Number);
        for (const version of versions.sort((a, b) => a - b)) {
          // Whoever wrote it was killed before the record went: it is an image as before.
          if (names.has(`${version}.json`)) continue;
          const one = await faultOr(
            readTombstone(fileOf({ template, version }, 'pruned'), `${template}@${version}`),
          );
          if (one instanceof Fault || (one !== undefined && one.pending.length > 0)) found.push(one);
        }
      }
      return found;
    },

    fileOf: (tombstone) => fileOf(tombstone, 'pruned'),
    settle: (tombstone, pending) => write({ ...tombstone, pending }),
  };
}

async function faultOr<T>(work: Promise<T>): Promise<T | Fault> {
  return await work.catch((error: unknown) => {
    if (error instanceof Fault) return error;
    throw error;
  });
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
}
