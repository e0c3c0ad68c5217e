import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../core/durable-folder.ts';
import { Fault } from '../core/fault.ts';
import { asideRecord, damagedRecord } from './damaged-record.ts';
import type { ImageRecord } from './record.ts';
import { type RecordDefect, readRecordFile } from './record-file.ts';
import { type RecordFolder, recordFolderReader } from './record-folder.ts';

/** What the file of a record ends in, and that of one that was set aside. */
export const RECORD = 'json';
export const ASIDE = 'damaged';

/** What a version's files are found to be; the fault is `RECORD_DAMAGED`. */
export type FoundImage =
  | { readonly kind: 'image'; readonly record: ImageRecord }
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged'; readonly defect: RecordDefect | 'aside'; readonly fault: Fault };

/** The files of all records: `HOME/records/TEMPLATE/VERSION.json`, and `VERSION.damaged` where one was set aside. */
export interface RecordFiles {
  /** The folder that has one for each template. */
  readonly root: string;
  folderOf(template: string): string;
  fileOf(template: string, version: number, ending?: string): string;
  /** The names in a template's folder. */
  names(template: string): RecordFolder;
  find(template: string, version: number): Promise<FoundImage>;
  /** Nothing when there is no such record; `RECORD_DAMAGED`. */
  read(template: string, version: number): Promise<ImageRecord | undefined>;
  /** See `Catalogue.setAside`. */
  setAside(template: string, version: number): Promise<string | undefined>;
}

export function recordFiles(home: string): RecordFiles {
  const root = join(home, 'records');
  const folderOf = (template: string) => join(root, template);
  const namesIn = recordFolderReader();
  const fileOf = (template: string, version: number, ending = RECORD) =>
    join(folderOf(template), `${version}.${ending}`);

  async function find(template: string, version: number): Promise<FoundImage> {
    const file = fileOf(template, version);
    const found = await readRecordFile(file, template, version);
    if (found.kind === 'whole') return { kind: 'image', record: found.record };
    if (found.kind !== 'absent')
      return {
        kind: 'damaged',
        defect: found.kind,
        fault: damagedRecord({ template, version, file }, found),
      };
    const aside = { template, version, file: fileOf(template, version, ASIDE) };
    const other = await readRecordFile(aside.file, template, version);
    if (other.kind === 'absent') return other;
    return { kind: 'damaged', defect: 'aside', fault: asideRecord(aside, file, other) };
  }

  async function read(template: string, version: number): Promise<ImageRecord | undefined> {
    const found = await find(template, version);
    if (found.kind === 'damaged') throw found.fault;
    return found.kind === 'image' ? found.record : undefined;
  }

  async function setAside(template: string, version: number): Promise<string | undefined> {
    const [file, aside] = [fileOf(template, version), fileOf(template, version, ASIDE)];
    if ((await readRecordFile(file, template, version)).kind !== 'torn') return undefined;
    if (await isThere(aside)) {
      throw new Fault('RECORD_DAMAGED', `${file} cannot be set aside: ${aside} is there already`, {
        hint: 'Move one of them out of the catalogue.',
        details: [file],
      });
    }
    await rename(file, aside);
    await syncFolder(folderOf(template));
    return aside;
  }

  return {
    root,
    folderOf,
    fileOf,
    names: (template) => namesIn(folderOf(template)),
    find,
    read,
    setAside,
  };
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
