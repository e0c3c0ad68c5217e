import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '../../core/atomic-file.ts';

/** The file that is there until an image is kept. It says whose it is, an owner a line: several bakes may make the same. */
export function markOf(file: string): string {
  return `${file}.new`;
}

/** What an image's mark says; nothing where there is none. */
export async function readMark(file: string): Promise<string | undefined> {
  return await readFile(markOf(file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
}

/** Writes an image's mark, whole or not at all: nobody's line may be lost. */
export async function writeMark(file: string, owners: readonly string[]): Promise<void> {
  await writeFileAtomically(markOf(file), owners.join(''));
}

/** The lines of a mark; the last may be half of one, of a process that was killed while it wrote it. */
export function ownersIn(mark: string): string[] {
  return mark.split(/(?<=\n)/).filter((line) => line !== '');
}

/** An owner as a line of a mark. */
export function asLine(owner: string): string {
  return owner.endsWith('\n') ? owner : `${owner}\n`;
}
