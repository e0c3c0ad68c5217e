import { realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';

/** A folder that nothing may lead out of, as it was named, and as it is without links. */
export interface RealRoot {
  readonly path: string;
  readonly real: string;
  /** What people call it, and what comes before its files where they are shown. */
  readonly called: string;
  readonly shown: string;
}

/** Resolves the links of a folder's own path, which may lead anywhere: the workspace's, unless it is called otherwise. */
export async function realRootOf(
  path: string,
  { called, shown } = { called: 'the workspace', shown: '' },
): Promise<RealRoot> {
  return { path, real: await realpath(path), called, shown };
}

/** The path without links; `outside` when it leads out of the folder, `missing` when it leads to nothing. */
export async function realPathInside(root: RealRoot, path: string): Promise<string | 'outside' | 'missing'> {
  try {
    const real = await realpath(path);
    return isInside(root, real) ? real : 'outside';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return 'missing';
    throw error;
  }
}

/** Whether an absolute path is the folder or below it, by its words alone. */
export function isInside(root: RealRoot, path: string): boolean {
  const way = relative(root.real, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
