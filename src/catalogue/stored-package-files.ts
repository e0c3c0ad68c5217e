import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createGzip, gunzip } from 'node:zlib';
import { writeFileAtomically } from '../core/atomic-file.ts';
import { Fault } from '../core/fault.ts';
import type { PackageFiles } from './inventory.ts';

/**
 * Writes which paths are packages' beside a tree's manifest, whole or not at all: gzip of `=NAME` and its paths, a line each.
 *
 * About 20,000 paths and 150 kB for a server's tree; the same packages give the same bytes.
 */
export async function writePackageFiles(file: string, packages: readonly PackageFiles[]): Promise<void> {
  const text = packages.map(({ name, paths }) => [`=${name}`, ...paths, ''].join('\n'));
  await writeFileAtomically(file, text, createGzip());
}

/** Reads such a file; nothing when it is not there, `RECORD_DAMAGED` when it cannot be unpacked. */
export async function readStoredPackageFiles(file: string): Promise<PackageFiles[] | undefined> {
  let text: string;
  try {
    text = (await promisify(gunzip)(await readFile(file))).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault('RECORD_DAMAGED', `the list of packages' files is damaged: ${(error as Error).message}`, {
      hint: 'Remove the file: comparisons then count every path as outside packages.',
      details: [file],
      cause: error,
    });
  }
  const packages: { name: string; paths: string[] }[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('=')) packages.push({ name: line.slice(1), paths: [] });
    else if (line !== '') packages.at(-1)?.paths.push(line);
  }
  return packages;
}
