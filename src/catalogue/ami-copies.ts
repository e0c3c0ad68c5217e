import { readFile } from 'node:fs/promises';
import type { AmiId } from '../core/form-id.ts';
import { appendLine } from './append-line.ts';

/** The format of a line about copies, with its version. */
export const COPIES_KIND = 'kiln.copies/v1';

/** What the file of an image's copies ends in. */
export const COPIES = 'copies';

/** An image's AMI in a region other than the one that it was made in. */
export interface AmiCopy {
  readonly region: string;
  readonly id: AmiId;
  /** Of its disks, the root's first; they go with it. */
  readonly snapshots: readonly string[];
  /** The bake or distribution that made it. */
  readonly run: string;
  /** ISO 8601, UTC, as `lost` is. */
  readonly at: string;
  /** Since when it is known to be there no more; what is left of it may be. */
  readonly lost?: string;
}

/** That a copy was made and can be launched, or that it is there no more. */
export type CopyNote =
  | ({ readonly what: 'copied' } & Omit<AmiCopy, 'lost'>)
  | { readonly what: 'lost'; readonly region: string; readonly id: AmiId; readonly at: string };

/** Adds a line to a file that only grows, and waits until it is on disk; `DISK_FULL`. */
export async function writeCopyNote(file: string, note: CopyNote): Promise<void> {
  await appendLine(file, JSON.stringify({ kind: COPIES_KIND, ...note }));
}

/** All copies that were made of an image, lost ones too, oldest first; a line that cannot be read is none. */
export async function readCopies(file: string): Promise<readonly AmiCopy[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const copies = new Map<string, AmiCopy>();
  for (const note of text.split('\n').flatMap(noteIn)) {
    const key = `${note.region} ${note.id}`;
    const known = copies.get(key);
    if (note.what === 'lost') {
      if (known !== undefined) copies.set(key, { ...known, lost: note.at });
    } else {
      const { what: _, ...copy } = note;
      copies.set(key, copy);
    }
  }
  return [...copies.values()];
}

/** The copy that a region has; nothing where it has none, or none any more. */
export function copyIn(copies: readonly AmiCopy[], region: string): AmiCopy | undefined {
  return copies.findLast((copy) => copy.region === region && copy.lost === undefined);
}

function noteIn(line: string): CopyNote[] {
  try {
    const { kind, what, region, id, snapshots, run, at } = JSON.parse(line) as Partial<
      Record<string, unknown>
    >;
    if (kind !== COPIES_KIND || typeof region !== 'string' || !isAmi(id) || typeof at !== 'string') return [];
    if (what === 'lost') return [{ what, region, id, at }];
    if (what !== 'copied' || typeof run !== 'string' || !isTexts(snapshots)) return [];
    return [{ what, region, id, snapshots, run, at }];
  } catch {
    return [];
  }
}

function isAmi(value: unknown): value is AmiId {
  return typeof value === 'string' && value.startsWith('ami-');
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
