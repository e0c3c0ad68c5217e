import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { namesIn } from '../core/names-in.ts';
import { readAhead } from '../core/read-ahead.ts';
import { redact } from '../core/redaction.ts';
import { COPIES, readCopies, writeCopyNote } from './ami-copies.ts';
import { CONFIRMED, readConfirmations, writeConfirmation } from './confirmation.ts';
import { REVOKED, revocationFinder } from './find-revocation.ts';
import { manifestFile, packageFilesFile } from './image-files.ts';
import { parseRef, unknownTemplate, unknownVersion } from './parse-ref.ts';
import { type ImageForm, type ImageRecord, RECORD_KIND, type RecordDraft } from './record.ts';
import { ASIDE, RECORD, recordFiles } from './record-files.ts';
import { ascending, descending, type RecordFolder } from './record-folder.ts';
import { reserveVersion } from './reservation.ts';
import { type Revocation, readRevocation, writeRevocation } from './revocation.ts';
import type { Catalogue, CopiedImage, ListedImage } from './store.ts';
import { PRUNED, prunedFault } from './tombstone.ts';

const RECORD_NAME = /^[1-9][0-9]*\.(json|damaged)$/;

/** How many records are read before they are asked for; each may be large. */
const AHEAD = 4;

/** The catalogue as files: `HOME/records/TEMPLATE/VERSION.json`, and `HOME/images/DIGEST/` for what goes with a tree. */
export function openFileCatalogue(home: string): Catalogue {
  const { root, folderOf, fileOf, names, find, read, setAside } = recordFiles(home);
  const confirmedFile = ({ template, version }: ImageRecord) => fileOf(template, version, CONFIRMED);
  const copiesFile = ({ template, version }: CopiedImage) => fileOf(template, version, COPIES);
  const revocations = () => revocationFinder({ fileOf, names, read });

  async function templates(): Promise<string[]> {
    const folders = await namesIn(root);
    const found = await Promise.all(
      folders.map(async (name) => ((await hasRecord(folderOf(name))) ? [name] : [])),
    );
    return found.flat();
  }

  async function versions(template: string): Promise<number[]> {
    return [...ascending(names(template).get(RECORD))];
  }

  async function* list(only?: string): AsyncGenerator<ListedImage> {
    const { of } = revocations();
    for (const template of only === undefined ? await templates() : [only]) {
      const there = names(template);
      const confirmed = new Set(there.get(CONFIRMED));
      const present = recordedVersions(there);
      let older = present.length;
      const read = (version: number) => listOne(template, version, confirmed.has(version), of);
      for await (const listed of readAhead(descending(present), AHEAD, read)) {
        older--;
        if (listed !== undefined) yield { ...listed, older };
      }
    }
  }

  async function listOne(
    template: string,
    version: number,
    isConfirmed: boolean,
    revocationOf: (record: ImageRecord) => Promise<Revocation | undefined>,
  ) {
    const found = await find(template, version);
    // Removed by another process since its name was listed.
    if (found.kind === 'absent') return undefined;
    if (found.kind === 'damaged') return { ...found, template, version };
    const [revoked, confirmations] = await Promise.all([
      revocationOf(found.record),
      isConfirmed ? readConfirmations(confirmedFile(found.record)) : [],
    ]);
    const confirmed = confirmations.at(-1)?.at;
    return {
      ...found,
      ...(revoked === undefined ? {} : { revoked }),
      ...(confirmed === undefined ? {} : { confirmed }),
    };
  }

  async function get(text: string): Promise<ImageRecord> {
    const ref = parseRef(text);
    const record =
      ref.version === 'latest' ? await latest(ref.template) : await read(ref.template, ref.version);
    if (record !== undefined) return record;
    if (ref.version !== 'latest') {
      const file = fileOf(ref.template, ref.version, PRUNED);
      const pruned = await prunedFault(file, `${ref.template}@${ref.version}`, ref.template);
      if (pruned !== undefined) throw pruned;
    }
    const present = await versions(ref.template);
    if (ref.version === 'latest' || present.length === 0)
      throw unknownTemplate(
        ref.template,
        (await templates()).filter((name) => name !== ref.template),
      );
    throw unknownVersion(ref.template, ref.version, present);
  }

  async function latest(template: string): Promise<ImageRecord | undefined> {
    const gone = new Set<number>();
    for (;;) {
      const present = names(template).get(RECORD) ?? [];
      const newest = present.reduce((one, other) => (gone.has(other) ? one : Math.max(one, other)), 0);
      if (newest === 0) return undefined;
      const record = await read(template, newest);
      if (record !== undefined) return record;
      // It was pruned since its name was read: then a newer one is there, so the names are read again.
      gone.add(newest);
    }
  }

  async function publish(
    draft: RecordDraft,
    prepare: (version: number) => Promise<readonly ImageForm[]>,
  ): Promise<ImageRecord> {
    const { template } = parseRef(draft.template);
    const reservation = await reserveVersion(folderOf(template), draft.bake);
    const { version } = reservation;
    try {
      const forms = await prepare(version);
      const record: ImageRecord = {
        kind: RECORD_KIND,
        name: `${template}@${version}`,
        version,
        ...draft,
        forms,
      };
      await reservation.fill(`${JSON.stringify(record)}\n`, fileOf(template, version));
      // It is published, whatever becomes of the other: `bake gc` finds that again.
      await setAsideBefore(template, version).catch(() => {});
      return record;
    } finally {
      await reservation.release();
    }
  }

  /** Only once a newer image is there: else the one before a damaged record would be the newest of a sudden. */
  async function setAsideBefore(template: string, newest: number): Promise<void> {
    const before = ascending(names(template).get(RECORD)).findLast((version) => version < newest);
    if (before !== undefined) await setAside(template, before);
  }

  async function revoke(text: string, why: { reason: string; by: string }, at: Date) {
    const { template, version } = parseRef(text);
    if (version === 'latest') {
      throw new Fault('USAGE', `which image of ${template} is revoked must be said with its version`, {
        hint: `\`bake list ${template}\` shows them: \`bake revoke ${template}@7 --reason …\`.`,
      });
    }
    const { name: image, digest } = await get(text);
    const file = fileOf(template, version, REVOKED);
    const revocation = { image, digest, reason: redact(why.reason), by: why.by, at: at.toISOString() };
    if (await writeRevocation(file, revocation)) return { revocation, already: false };
    return { revocation: (await readRevocation(file, image)) ?? revocation, already: true };
  }

  return {
    templates,
    versions,
    list,
    get,
    latest,
    publish,
    setAside,
    revoke,
    revocationOf: (record) => revocations().of(record),
    confirm: (record, confirmation) => writeConfirmation(confirmedFile(record), confirmation),
    confirmations: (record) => readConfirmations(confirmedFile(record)),
    noteCopy: (record, note) => writeCopyNote(copiesFile(record), note),
    copies: (record) => readCopies(copiesFile(record)),
    manifestPath: (digest) => join(home, manifestFile(digest)),
    packageFilesPath: (digest) => join(home, packageFilesFile(digest)),
  };
}

/** In no order, with those that were set aside; one that is there again besides counts once. */
function recordedVersions(names: RecordFolder): readonly number[] {
  const [records = [], aside = []] = [names.get(RECORD), names.get(ASIDE)];
  if (aside.length === 0) return records;
  const elsewhere = new Set(aside);
  return [...records.filter((version) => !elsewhere.has(version)), ...aside];
}

/** Stops at the first one: a folder may hold very many. */
async function hasRecord(folder: string): Promise<boolean> {
  try {
    for await (const { name } of await opendir(folder)) if (RECORD_NAME.test(name)) return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  }
  return false;
}
