import { realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';

/** A workspace's folder as it was named, and as it is without links. */
export interface RealRoot {
  readonly path: string;
  readonly real: string;
}

/** Resolves the links of the workspace's own path, which may lead anywhere. */
export async function realRootOf(path: string): Promise<RealRoot> {
  return { path, real: await realpath(path) };
}

/** The path without links; `outside` when it leads out of the workspace, `missing` when it leads to nothing. */
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

/** Whether an absolute path is the workspace's folder or below it, by its words alone. */
export function isInside(root: RealRoot, path: string): boolean {
  const way = relative(root.real, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
