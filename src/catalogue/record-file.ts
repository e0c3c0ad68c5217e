import { readFile } from 'node:fs/promises';
import { Fault } from '../core/fault.ts';
import { checkRecord } from './check-record.ts';
import type { ImageRecord } from './record.ts';

/** The record in a file; nothing when there is no such file, `RECORD_DAMAGED` when it is not a whole record. */
export async function readRecordFile(
  file: string,
  template: string,
  version: number,
): Promise<ImageRecord | undefined> {
  const name = `${template}@${version}`;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw damaged(name, file, `it cannot be read: ${(error as Error).message}`, error);
  }
  const record = checkRecord(text, template, version);
  if ('wrong' in record) throw damaged(name, file, record.wrong);
  return record;
}

function damaged(name: string, file: string, why: string, cause?: unknown): Fault {
  return new Fault('RECORD_DAMAGED', `the record of ${name} is damaged: ${why}`, {
    hint: 'Restore the file from a backup, or move it out of the catalogue; other images are not affected.',
    details: [file],
    ...(cause === undefined ? {} : { cause }),
  });
}
