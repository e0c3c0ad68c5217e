import { opendir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { redact } from '../core/redaction.ts';
import { readConfirmations, writeConfirmation } from './confirmation.ts';
import { revocationFinder } from './find-revocation.ts';
import { manifestFile, packageFilesFile } from './image-files.ts';
import { parseRef, unknownTemplate, unknownVersion } from './parse-ref.ts';
import { type ImageForm, type ImageRecord, RECORD_KIND, type RecordDraft } from './record.ts';
import { readRecordFile } from './record-file.ts';
import { reserveVersion } from './reservation.ts';
import { type Revocation, readRevocation, writeRevocation } from './revocation.ts';
import type { Catalogue, ListedImage } from './store.ts';

const RECORD_NAME = /^([1-9][0-9]*)\.json$/;

/** The catalogue as files: `HOME/records/TEMPLATE/VERSION.json`, and `HOME/images/DIGEST/` for what goes with a tree. */
export function openFileCatalogue(home: string): Catalogue {
  const folderOf = (template: string) => join(home, 'records', template);
  const fileOf = (template: string, version: number) => join(folderOf(template), `${version}.json`);
  const confirmedFile = ({ template, version }: ImageRecord) =>
    join(folderOf(template), `${version}.confirmed`);
  const read = (template: string, version: number) =>
    readRecordFile(fileOf(template, version), template, version);
  const revocations = () => revocationFinder({ folderOf, read });

  async function templates(): Promise<string[]> {
    const names = await namesIn(join(home, 'records'));
    const found = await Promise.all(
      names.map(async (name) => ((await hasRecord(folderOf(name))) ? [name] : [])),
    );
    return found.flat().sort();
  }

  async function versions(template: string): Promise<number[]> {
    const found = (await namesIn(folderOf(template))).flatMap((name) => {
      const version = RECORD_NAME.exec(name)?.[1];
      return version === undefined ? [] : [Number(version)];
    });
    return found.sort((a, b) => a - b);
  }

  async function* list(only?: string): AsyncGenerator<ListedImage> {
    const { of } = revocations();
    for (const template of only === undefined ? await templates() : [only]) {
      const present = await versions(template);
      for (const [older, version] of [...present.entries()].reverse()) {
        const listed = await listOne(template, version, of);
        if (listed !== undefined) yield { ...listed, older };
      }
    }
  }

  async function listOne(
    template: string,
    version: number,
    revocationOf: (record: ImageRecord) => Promise<Revocation | undefined>,
  ) {
    try {
      const record = await read(template, version);
      // Removed by another process since its name was listed.
      if (record === undefined) return undefined;
      const [revoked, confirmations] = await Promise.all([
        revocationOf(record),
        readConfirmations(confirmedFile(record)),
      ]);
      const confirmed = confirmations.at(-1)?.at;
      return {
        kind: 'image' as const,
        record,
        ...(revoked === undefined ? {} : { revoked }),
        ...(confirmed === undefined ? {} : { confirmed }),
      };
    } catch (error) {
      if (error instanceof Fault && error.code === 'RECORD_DAMAGED') {
        return { kind: 'damaged' as const, template, version, fault: error };
      }
      throw error;
    }
  }

  async function get(text: string): Promise<ImageRecord> {
    const ref = parseRef(text);
    const record =
      ref.version === 'latest' ? await latest(ref.template) : await read(ref.template, ref.version);
    if (record !== undefined) return record;
    const present = await versions(ref.template);
    if (ref.version === 'latest' || present.length === 0)
      throw unknownTemplate(ref.template, await templates());
    throw unknownVersion(ref.template, ref.version, present);
  }

  async function latest(template: string): Promise<ImageRecord | undefined> {
    for (const version of (await versions(template)).reverse()) {
      const record = await read(template, version);
      if (record !== undefined) return record;
    }
    return undefined;
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
      return record;
    } finally {
      await reservation.release();
    }
  }

  async function revoke(text: string, why: { reason: string; by: string }, at: Date) {
    const { template, version } = parseRef(text);
    if (version === 'latest') {
      throw new Fault('USAGE', `which image of ${template} is revoked must be said with its version`, {
        hint: `\`bake list ${template}\` shows them: \`bake revoke ${template}@7 --reason …\`.`,
      });
    }
    const { name: image, digest } = await get(text);
    const file = join(folderOf(template), `${version}.revoked`);
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
    revoke,
    revocationOf: (record) => revocations().of(record),
    confirm: (record, confirmation) => writeConfirmation(confirmedFile(record), confirmation),
    confirmations: (record) => readConfirmations(confirmedFile(record)),
    manifestPath: (digest) => join(home, manifestFile(digest)),
    packageFilesPath: (digest) => join(home, packageFilesFile(digest)),
  };
}

/** Stops at the first one: a folder may hold very many. */
async function hasRecord(folder: string): Promise<boolean> {
  try {
    for await (const { name } of await opendir(folder)) if (RECORD_NAME.test(name)) return true;
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  return false;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
