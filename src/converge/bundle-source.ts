import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { Fault } from '../core/fault.ts';

/** A file or link of the workspace that goes into the bundle. */
export type BundleSource =
  | { readonly type: 'file'; readonly path: string; readonly size: number; readonly mode: 0o644 | 0o755 }
  | { readonly type: 'symlink'; readonly path: string; readonly target: string };

/** What is never part of a provisioner: repositories, editors' backups, bytecode, a desktop's and Terraform's leavings. */
const IGNORED = /^(?:\.git|\.DS_Store|\.terraform|__pycache__|.*~|.*\.swp)$/;

/**
 * Everything below the declared paths, by path; a link's target inside the workspace comes along with it.
 *
 * Throws FILE_MISSING, PATH_OUTSIDE for a path or link that leads out, and CONFIG_INVALID for what cannot be bundled.
 */
export async function findSources(
  root: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, BundleSource>> {
  const found = new Map<string, BundleSource>();
  for (const path of paths) await visit(inside(path, path), path);
  return found;

  /** `from` is what the user wrote, or the link by which we came here. */
  async function visit(path: string, from: string): Promise<void> {
    signal.throwIfAborted();
    const link = await linkOnTheWay(root, path, from);
    if (link === undefined) return await take(path, from);
    if (found.has(link.path) && link.rest === '') return;
    found.set(link.path, { type: 'symlink', path: link.path, target: link.target });
    await visit(inside(posix.join(posix.dirname(link.path), link.target, link.rest), link.path), link.path);
  }

  async function take(path: string, from: string): Promise<void> {
    if (found.has(path)) return;
    const stats = await statsOf(root, path, from);
    if (stats.isFile()) {
      const mode = (stats.mode & 0o100) === 0 ? 0o644 : 0o755;
      found.set(path, { type: 'file', path, size: stats.size, mode });
    } else if (stats.isDirectory()) {
      for (const name of await readdir(posix.join(root, path))) {
        if (!IGNORED.test(name)) await visit(posix.join(path, name), from);
      }
    } else {
      throw new Fault('CONFIG_INVALID', `${path} is neither a file nor a folder nor a link`);
    }
  }
}

/** The first link among a path's components, itself included, and what of the path comes after it. */
async function linkOnTheWay(root: string, path: string, from: string) {
  const names = path.split('/');
  for (let length = 1; length <= names.length; length += 1) {
    const part = names.slice(0, length).join('/');
    const stats = await statsOf(root, part, from);
    if (!stats.isSymbolicLink()) continue;
    const target = await readlink(posix.join(root, part));
    if (posix.isAbsolute(target)) {
      throw new Fault(
        'PATH_OUTSIDE',
        `${part} is a link to ${target}, which is another place in the machine`,
        {
          hint: 'Make the link relative, to a path inside the workspace.',
        },
      );
    }
    return { path: part, target, rest: names.slice(length).join('/') };
  }
  return undefined;
}

/** A normalised path without trailing slash; throws PATH_OUTSIDE when it leaves the workspace. */
function inside(path: string, from: string): string {
  const normal = posix.normalize(path).replace(/\/$/, '');
  if (normal !== '..' && !normal.startsWith('../') && !posix.isAbsolute(path)) return normal;
  const what = path === from ? path : `${from}, a link,`;
  throw new Fault('PATH_OUTSIDE', `${what} leads out of the workspace`, {
    hint: 'Move what it names into the workspace.',
  });
}

async function statsOf(root: string, path: string, from: string): Promise<Stats> {
  try {
    return await lstat(posix.join(root, path));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw cause;
    const by = path === from ? '' : `, which ${from} leads to`;
    throw new Fault('FILE_MISSING', `there is no ${path} in the workspace${by}`, { cause });
  }
}
