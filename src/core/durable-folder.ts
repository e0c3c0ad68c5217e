import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { despiteRemoval } from './empty-folder.ts';

/** Makes a folder with those above it, and waits until it is on disk. */
export async function makeFolder(folder: string): Promise<void> {
  const highest = await despiteRemoval(() => mkdir(folder, { recursive: true }));
  if (highest === undefined) return;
  // Each is a name in the one above it.
  for (let made = resolve(folder); ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === resolve(highest)) return;
  }
}

/** Waits until the names in a folder are on disk: a file's name is when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
