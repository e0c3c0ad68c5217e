import { rmdir } from 'node:fs/promises';

const MOST_TRIES = 20;
const STAYS = ['ENOTEMPTY', 'EEXIST', 'ENOENT'];

/** Removes a folder that nothing is in; one that somebody has put something into stays. */
export async function removeEmptyFolder(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!STAYS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Makes a folder, or what is the first in it, again where another process has removed that as an empty one meanwhile. */
export async function despiteRemoval<T>(make: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await make();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === MOST_TRIES) throw error;
    }
  }
}
