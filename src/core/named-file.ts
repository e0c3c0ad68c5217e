import { resolve } from 'node:path';
import { asideOf } from './aside.ts';
import { type Content, writeAside } from './atomic-file.ts';
import { Fault } from './fault.ts';
import { kilnHome } from './home.ts';
import { newBakeId } from './ids.ts';
import { openLedger } from './ledger.ts';

/**
 * Writes a file that a person has named; it appears whole or not at all. In its folder nobody looks for what a killed
 * process has left: a ledger says where it lies until it is whole, where there can be one. `what` is for people: `bundle
 * of web`.
 */
export async function writeNamedFile(file: string, content: Content, what: string): Promise<void> {
  const ledger = openLedger(kilnHome(), { run: newBakeId(), what });
  const aside = asideOf(resolve(file));
  try {
    ledger.intend({ kind: 'path', path: aside });
  } catch (error) {
    // Without a home that can be written to, as where workspaces are only checked.
    if (!(error instanceof Fault) || error.code !== 'FILE_MISSING') throw error;
  }
  try {
    await writeAside(aside, file, content);
  } finally {
    ledger.end(false);
  }
}
