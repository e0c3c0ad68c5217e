import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageRecord } from '../../catalogue/record.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import type { Intention } from '../../core/intention.ts';
import { readRuns } from '../../core/ledger-runs.ts';

/** What decides whether something that a killed run has made is somebody's. */
export interface GcFacts {
  readonly home: string;
  /** What the catalogue names: as it was read first, to look for things, or as it is `now`, before they are removed. */
  records(when?: 'now'): Promise<RecordFacts>;
  /** The image ids of the bases in the cache, as they are now. */
  cachedBases(): Promise<ReadonlySet<string>>;
  /** What runs intend that live now. */
  held(): Promise<readonly Intention[]>;
}

export interface RecordFacts {
  /** Image ids. */
  readonly images: ReadonlySet<string>;
  /** What those are called in an engine: `kiln/web:7`. */
  readonly names: ReadonlySet<string>;
  /** AMIs and their snapshots, copies too, with their region: `eu-central-1 ami-0123456789abcdef0`. */
  readonly inCloud: ReadonlySet<string>;
  /** Trees' digests. */
  readonly trees: ReadonlySet<string>;
  /** The newest of each template that can be read. */
  readonly newest: ReadonlyMap<string, ImageRecord>;
  /** A record that cannot be read, and may name anything: `web@3`. */
  readonly damaged?: string;
}

type RecordsAndCopies = Pick<Catalogue, 'list' | 'copies'>;

export function gcFacts(home: string, cache: string, catalogue: RecordsAndCopies): GcFacts {
  let read: Promise<RecordFacts> | undefined;
  return {
    home,
    records(when) {
      if (when === 'now' || read === undefined) read = readRecords(catalogue);
      return read;
    },
    cachedBases: () => readBases(join(cache, 'bases')),
    async held() {
      const { living } = await readRuns(home);
      return living.flatMap(({ open }) => open.map(({ intends }) => intends));
    },
  };
}

async function readRecords({ list, copies }: RecordsAndCopies): Promise<RecordFacts> {
  const images = new Set<string>();
  const names = new Set<string>();
  const inCloud = new Set<string>();
  const trees = new Set<string>();
  const newest = new Map<string, ImageRecord>();
  let damaged: string | undefined;
  // Newest first.
  for await (const listed of list()) {
    if (listed.kind === 'damaged') {
      damaged = `${listed.template}@${listed.version}`;
      continue;
    }
    const { record } = listed;
    if (!newest.has(record.template)) newest.set(record.template, record);
    trees.add(record.digest);
    for (const form of record.forms) {
      if (form.kind === 'oci') {
        images.add(form.digest);
        names.add(form.tag);
      }
      if (form.kind !== 'ami') continue;
      for (const { region, id, snapshots } of [form, ...(await copies(record))])
        for (const one of [id, ...snapshots]) inCloud.add(`${region} ${one}`);
    }
  }
  return { images, names, inCloud, trees, newest, ...(damaged === undefined ? {} : { damaged }) };
}

async function readBases(folder: string): Promise<ReadonlySet<string>> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  const found = new Set<string>();
  for (const name of names) {
    const text = await readFile(join(folder, name, 'base.json'), 'utf8').catch(() => undefined);
    const image = text === undefined ? undefined : imageOf(text);
    if (image !== undefined) found.add(image);
  }
  return found;
}

function imageOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { image?: string }).image;
  } catch {
    return undefined;
  }
}
