import { readFile } from 'node:fs/promises';
import { checkRecord } from './check-record.ts';
import type { ImageRecord } from './record.ts';

/** Why a file is no record that can be had: its bytes are none, another kiln wrote it, or it cannot be read at all. */
export type RecordDefect = 'torn' | 'foreign' | 'unreadable';

/** What a record's file turned out to be. */
export type FoundRecord =
  | { readonly kind: 'whole'; readonly record: ImageRecord }
  | { readonly kind: 'absent' }
  | { readonly kind: RecordDefect; readonly why: string; readonly cause?: unknown };

/** Reads a record's file; throws nothing. */
export async function readRecordFile(file: string, template: string, version: number): Promise<FoundRecord> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'unreadable', why: (error as Error).message, cause: error };
  }
  const record = checkRecord(text, template, version);
  if (!('wrong' in record)) return { kind: 'whole', record };
  return { kind: record.foreign === true ? 'foreign' : 'torn', why: record.wrong };
}
