import type { ImageRecord } from '../../catalogue/record.ts';
import type { Revocation } from '../../catalogue/revocation.ts';
import type { Catalogue } from '../../catalogue/store.ts';

/** Of a record what a prune decides by, and no more: there may be very many. */
export type ReadRecord = Pick<
  ImageRecord,
  'name' | 'template' | 'version' | 'created' | 'digest' | 'bytes' | 'base' | 'forms' | 'resumed'
>;

/** All of a catalogue. */
export interface AllRecords {
  readonly records: readonly ReadRecord[];
  /** Those of them that must not be launched any more, by name. */
  readonly revoked: ReadonlyMap<string, Revocation>;
  /** The names of those that cannot be read. */
  readonly damaged: readonly string[];
}

/** Reads every record of a catalogue. */
export async function readRecords(
  catalogue: Catalogue,
  progress: (what: string, percent: number) => void,
  signal: AbortSignal,
): Promise<AllRecords> {
  const records: ReadRecord[] = [];
  const revoked = new Map<string, Revocation>();
  const damaged: string[] = [];
  const templates = await catalogue.templates();
  for (const [index, template] of templates.entries()) {
    progress('reading the records', (index / templates.length) * 100);
    for await (const listed of catalogue.list(template)) {
      signal.throwIfAborted();
      if (listed.kind === 'damaged') {
        damaged.push(`${template}@${listed.version}`);
      } else {
        records.push(readRecord(listed.record));
        if (listed.revoked !== undefined) revoked.set(listed.record.name, listed.revoked);
      }
    }
  }
  return { records, revoked, damaged };
}

function readRecord(record: ImageRecord): ReadRecord {
  const { name, template, version, created, digest, bytes, base, forms, resumed } = record;
  const common = { name, template, version, created, digest, bytes, base, forms };
  return resumed === undefined ? common : { ...common, resumed };
}
