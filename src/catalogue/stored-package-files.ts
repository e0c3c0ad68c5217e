import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Fault } from '../core/fault.ts';
import type { PackageFiles } from './inventory.ts';

/**
 * Which paths are packages', as it is stored beside a tree's manifest: gzip of `=NAME` and its paths, a line each.
 *
 * About 20,000 paths and 150 kB for a server's tree; the same packages give the same bytes.
 */
export async function packPackageFiles(packages: readonly PackageFiles[]): Promise<Uint8Array> {
  const text = packages.map(({ name, paths }) => [`=${name}`, ...paths, ''].join('\n'));
  return await promisify(gzip)(text.join(''));
}

/** What was packed so. */
export async function unpackPackageFiles(packed: Uint8Array): Promise<PackageFiles[]> {
  const packages: { name: string; paths: string[] }[] = [];
  for (const line of (await promisify(gunzip)(packed)).toString().split('\n')) {
    if (line.startsWith('=')) packages.push({ name: line.slice(1), paths: [] });
    else if (line !== '') packages.at(-1)?.paths.push(line);
  }
  return packages;
}

/** Reads such a file; nothing when it is not there, `RECORD_DAMAGED` when it cannot be unpacked. */
export async function readStoredPackageFiles(file: string): Promise<PackageFiles[] | undefined> {
  try {
    return await unpackPackageFiles(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault('RECORD_DAMAGED', `the list of packages' files is damaged: ${(error as Error).message}`, {
      hint: 'Remove the file: comparisons then count every path as outside packages.',
      details: [file],
      cause: error,
    });
  }
}
