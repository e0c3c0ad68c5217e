import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PathKind } from './declared-paths.ts';
import { findStrays } from './find-strays.ts';
import { nearest } from './nearest.ts';
import { short } from './printable.ts';
import type { ProblemDetails } from './problem.ts';
import { type RealRoot, realPathInside } from './real-root.ts';

/** Says what is wrong with a declared path of the workspace. */
export type CheckPath = (path: string, kind: PathKind) => Promise<readonly ProblemDetails[]>;

/** A check that looks at each path once, however many templates name it. */
export function createPathChecks(root: RealRoot): CheckPath {
  const known = new Map<string, Promise<readonly ProblemDetails[]>>();
  return (path, kind) => {
    const key = `${kind}\0${path}`;
    const found = known.get(key) ?? checkPath(root, path, kind);
    known.set(key, found);
    return found;
  };
}

async function checkPath(root: RealRoot, path: string, kind: PathKind): Promise<readonly ProblemDetails[]> {
  const real = await realPathInside(root, join(root.path, path));
  if (real === 'missing') return [await missing(root, path, kind)];
  if (real === 'outside') {
    return [
      { code: 'path-outside', message: `\`${short(path)}\` is a link that leads out of the workspace` },
    ];
  }
  const found = await stat(real);
  const isFolder = found.isDirectory();
  if (kind === 'file' && isFolder) return [wrongKind(path, 'a folder', kind)];
  if (kind === 'folder' && !isFolder) return [wrongKind(path, 'no folder', kind)];
  if (!isFolder && !found.isFile()) return [wrongKind(path, 'neither a file nor a folder', kind)];
  return isFolder ? await findStrays(root, real) : [];
}

async function missing(root: RealRoot, path: string, kind: PathKind): Promise<ProblemDetails> {
  const folder = dirname(path);
  const siblings = await readdir(join(root.path, folder)).catch(() => []);
  const near = nearest(basename(path), siblings);
  const hint = near === undefined ? undefined : `did you mean \`${short(join(folder, near))}\`?`;
  return {
    code: 'file-missing',
    message: `there is no ${kind} \`${short(path, 200)}\` in the workspace`,
    hint,
  };
}

function wrongKind(path: string, what: string, kind: PathKind): ProblemDetails {
  return { code: 'file-missing', message: `\`${short(path, 200)}\` is ${what}, but must be a ${kind}` };
}
