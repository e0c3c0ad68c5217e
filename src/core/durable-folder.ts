import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a folder with those above it, and waits until it is on disk. */
export async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made !== undefined) await syncFolder(dirname(made));
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
