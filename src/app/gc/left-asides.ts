import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { abandonedAsides } from '../../core/aside.ts';
import { removeEmptyFolder } from '../../core/empty-folder.ts';
import { TAKEOVER, withLock } from '../../core/lock.ts';
import { namesIn } from '../../core/names-in.ts';
import type { Leftover } from './leftover.ts';
import type { Lives } from './living-owners.ts';

/** Folders that small files are written in; of those with a star, the ones below them. */
const IN_HOME = [
  ...['.', 'ledger', 'launches', 'distributions', 'secrets', 'machines'],
  ...['records/*', 'images/*', 'instances/*', 'checkpoints/*'],
];
const IN_CACHE = ['.', 'bases', 'bases/*', 'warm', 'warm/*'];
/** Those of one image or base each, which go when nothing is in them any more. */
const EMPTIED = ['images/*', 'bases/*'];

const LOCK = new RegExp(`^(lock|.*\\.lock|\\.hold)(\\${TAKEOVER})?$`);

/** Files that killed processes were writing, and locks that they held. */
export async function leftAsides(home: string, cache: string, lives: Lives): Promise<Leftover[]> {
  const folders = [...(await foldersOf(home, IN_HOME)), ...(await foldersOf(cache, IN_CACHE))];
  const emptied = [...(await foldersOf(home, EMPTIED)), ...(await foldersOf(cache, EMPTIED))];
  const asides = (await Promise.all(folders.map((folder) => abandonedAsides(folder, lives)))).flat();
  const locks = (await Promise.all(folders.map((folder) => abandonedLocks(folder, lives)))).flat();
  return [
    ...asides.map((where) => ({
      what: 'half-written file',
      where,
      async remove() {
        await rm(where, { force: true });
        await removeEmptied(where, emptied);
      },
    })),
    ...locks.map((where) => ({
      what: 'lock',
      where,
      // Whoever waits for it may have taken it over meanwhile.
      async remove(signal: AbortSignal) {
        if (!(await isAbandoned(where, lives))) return;
        if (where.endsWith(TAKEOVER)) await rm(where, { force: true });
        else await withLock(where, signal, async () => {});
        await removeEmptied(where, emptied);
      },
    })),
  ];
}

/** Its folder goes with the last of what was in it. */
async function removeEmptied(file: string, folders: readonly string[]): Promise<void> {
  const folder = dirname(file);
  if (folders.includes(folder)) await removeEmptyFolder(folder);
}

async function abandonedLocks(folder: string, lives: Lives): Promise<string[]> {
  const abandoned: string[] = [];
  for (const name of await namesIn(folder)) {
    if (!LOCK.test(name)) continue;
    const file = join(folder, name);
    if (await isAbandoned(file, lives)) abandoned.push(file);
  }
  return abandoned;
}

async function isAbandoned(file: string, lives: Lives): Promise<boolean> {
  const owner = await readFile(file, 'utf8').catch(() => undefined);
  return owner !== undefined && !(await lives(owner));
}

async function foldersOf(root: string, patterns: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    patterns.map(async (pattern) => {
      if (!pattern.endsWith('/*')) return [join(root, pattern)];
      const above = join(root, pattern.slice(0, -2));
      return (await namesIn(above)).map((name) => join(above, name));
    }),
  );
  return found.flat();
}
