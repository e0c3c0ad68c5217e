import { lstat } from 'node:fs/promises';
import { allFilesOf, type Parts, placeOf } from './image-parts.ts';

/** A block as stat(2) counts them. */
const BLOCK = 512;

/** Bytes that a file takes on disk, which may be fewer than it has; none where there is no file. */
export async function bytesOnDisk(path: string): Promise<number> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  return found?.isFile() && found.nlink === 1 ? found.blocks * BLOCK : 0;
}

/** How many bytes on disk go with each image: of files that several that go have in common the last one tells. */
export async function measureFiles(
  goes: readonly (Parts & { readonly name: string })[],
  all: readonly (Parts & { readonly name: string })[],
  home: string,
): Promise<ReadonlyMap<string, number>> {
  const going = new Set(goes.map(({ name }) => name));
  const named = new Set(all.filter(({ name }) => !going.has(name)).flatMap(allFilesOf));
  const measured = new Map<string, number>();
  for (const image of goes.toReversed()) {
    let bytes = 0;
    for (const file of allFilesOf(image)) {
      const path = placeOf(file, home);
      if (path === undefined || named.has(file)) continue;
      named.add(file);
      bytes += await bytesOnDisk(path);
    }
    measured.set(image.name, bytes);
  }
  return measured;
}
