import { statfs } from 'node:fs/promises';

/** What statfs(2) says of a tmpfs. */
export const TMPFS = 0x01021994;

/** Whether a folder lies in memory alone, as a file system of these types: only a tmpfs when none is given. */
export async function isInMemory(
  folder: string,
  types: ReadonlySet<number> = new Set([TMPFS]),
): Promise<boolean> {
  try {
    return types.has((await statfs(folder)).type);
  } catch {
    return false;
  }
}
