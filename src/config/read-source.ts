import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from './printable.ts';
import type { Problem, ProblemDetails } from './problem.ts';
import { type RealRoot, realPathInside } from './real-root.ts';
import { type Source, sourceOf } from './source.ts';

/** A file of configuration is a page or two; what is larger is there by mistake. */
const MOST_BYTES = 1024 * 1024;

/** Reads one file of the workspace or of another folder, or says why it is not read. */
export async function readSource(
  root: RealRoot,
  path: string,
  signal: AbortSignal,
): Promise<Source | Problem> {
  signal.throwIfAborted();
  const file = `${root.shown}${path}`;
  const real = await realPathInside(root, join(root.path, path));
  if (real === 'missing') return problemOf(file, 'unreadable', 'the file is a link to nothing');
  if (real === 'outside')
    return problemOf(file, 'path-outside', `the file is a link that leads out of ${root.called}`);
  try {
    const bytes = await readAtMost(real, MOST_BYTES, signal);
    if (bytes === 'not a file') return problemOf(file, 'unreadable', 'this is not a file');
    if (bytes === 'too large')
      return problemOf(file, 'too-large', 'the file is larger than 1 MiB, which no configuration needs');
    return sourceOf(file, bytes);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TypeError) return problemOf(file, 'unreadable', 'the file is not UTF-8 text');
    return problemOf(file, 'unreadable', `the file cannot be read: ${printable((error as Error).message)}`);
  }
}

async function readAtMost(
  path: string,
  limit: number,
  signal: AbortSignal,
): Promise<Buffer | 'not a file' | 'too large'> {
  // Without O_NONBLOCK the open of a named pipe would wait for a writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return 'not a file';
    if (stat.size > limit) return 'too large';
    return await handle.readFile({ signal });
  } finally {
    await handle.close();
  }
}

/** A problem with a file as a whole, which has no line to show. */
export function problemOf(
  file: string,
  code: ProblemDetails['code'],
  message: string,
  hint?: string,
): Problem {
  return { code, file, line: 1, column: 1, message, excerpt: '', ...(hint !== undefined && { hint }) };
}
