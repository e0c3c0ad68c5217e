import type { OciImageForm } from '../../catalogue/record.ts';
import { ASIDE, recordFiles } from '../../catalogue/record-files.ts';
import { publishingIn } from '../../catalogue/reservation.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import { Fault } from '../../core/fault.ts';
import type { AmiId } from '../../core/form-id.ts';
import { allFilesOf, type Parts } from './image-parts.ts';

/** What records name: nothing of it may be removed. */
export interface Claims {
  /** Reads what was published since. Gives why nobody can say now what is named, where that is so. */
  refresh(): Promise<string | undefined>;
  /** Which image has a file. */
  ofFile(file: string): string | undefined;
  /** Which image has an AMI as one of its forms. */
  ofAmi(id: AmiId): string | undefined;
  /** The form of images that are the very same image in an engine. */
  ofContainerImage(id: string): readonly OciImageForm[];
}

/** Keeps in mind what the records of a catalogue name, and reads only those that are new. */
export function openClaims(catalogue: Catalogue, home: string): Claims {
  const { root, names } = recordFiles(home);
  const known = new Map<string, Parts>();
  let files = new Map<string, string>();
  let containers = new Map<string, OciImageForm[]>();
  let amis = new Map<AmiId, string>();

  /** Gives the name of one that cannot be read. */
  async function readNew(): Promise<string | undefined> {
    const present = new Set<string>();
    let unreadable: string | undefined;
    let changed = false;
    for (const template of await catalogue.templates()) {
      for (const version of await catalogue.versions(template)) {
        const name = `${template}@${version}`;
        present.add(name);
        if (known.has(name)) continue;
        const record = await catalogue.get(name).catch(damagedOrGone);
        if (record === 'damaged') unreadable ??= name;
        else if (record !== undefined) changed = known.set(name, partsOf(record)) !== undefined;
      }
      const aside = names(template).get(ASIDE)?.[0];
      if (aside !== undefined) unreadable ??= `${template}@${aside}`;
    }
    for (const name of known.keys()) if (!present.has(name)) changed = known.delete(name);
    if (changed) index();
    return unreadable;
  }

  function index(): void {
    files = new Map([...known].flatMap(([name, parts]) => allFilesOf(parts).map((file) => [file, name])));
    containers = new Map();
    amis = new Map();
    for (const [name, { forms }] of known) {
      for (const form of forms) {
        if (form.kind === 'ami') amis.set(form.id, name);
        if (form.kind !== 'oci') continue;
        const same = containers.get(form.digest);
        if (same === undefined) containers.set(form.digest, [form]);
        else same.push(form);
      }
    }
  }

  return {
    async refresh() {
      // First: who reserves a version after this finds out by himself what is gone, as he needs the same lock.
      const publishing = await publishingIn(root);
      const damaged = await readNew();
      if (publishing !== undefined)
        return `an image of ${publishing} is being published, and may be of the same bytes`;
      return damaged === undefined ? undefined : `the record of ${damaged} is damaged, and may name it`;
    },
    ofFile: (file) => files.get(file),
    ofAmi: (id) => amis.get(id),
    ofContainerImage: (id) => containers.get(id) ?? [],
  };
}

/** Nothing else of a record: there may be very many. */
function partsOf({ digest, forms }: Parts): Parts {
  return { digest, forms };
}

function damagedOrGone(error: unknown): 'damaged' | undefined {
  if (error instanceof Fault && error.code === 'RECORD_DAMAGED') return 'damaged';
  // Another process removed it since its name was listed.
  if (error instanceof Fault && error.code === 'IMAGE_UNKNOWN') return undefined;
  throw error;
}
