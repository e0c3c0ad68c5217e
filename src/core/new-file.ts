import { link, rm } from 'node:fs/promises';
import { asideOf } from './aside.ts';
import { writeFileAtomically } from './atomic-file.ts';

/**
 * Makes a file that appears with all its text, among any number of processes; false when there is one already, which
 * stays as it is. Written aside and then linked, as a rename would replace it.
 */
export async function createNewFile(file: string, text: string): Promise<boolean> {
  const aside = asideOf(file);
  try {
    await writeFileAtomically(aside, text);
    await link(aside, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(aside, { force: true });
  }
}
