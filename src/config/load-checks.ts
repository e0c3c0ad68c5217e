import { realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import { assertValid } from './assert-valid.ts';
import { type Checks, checksSchema } from './checks.ts';
import { loadFile } from './load-file.ts';
import { realRootOf } from './real-root.ts';

/**
 * Reads a file of checks, wherever it is, as they stand under `checks:` in a template. `USAGE` where there is none; every
 * problem in it comes in one `CONFIG_INVALID`.
 */
export async function loadChecks(file: string, signal: AbortSignal): Promise<Checks> {
  const path = await realpath(resolve(file)).catch((cause: unknown) => {
    const hint = 'Name a file of checks, as they stand under `checks:` in a template.';
    throw new Fault('USAGE', `there is no file ${file}`, { hint, cause });
  });
  const folder = dirname(path);
  const root = await realRootOf(folder, { called: folder, shown: `${folder.replace(/\/$/, '')}/` });
  const { loaded, problems } = await loadFile(root, basename(path), checksSchema, { signal });
  assertValid(problems);
  if (loaded === undefined) throw new Error(`${file} has neither checks nor a problem`);
  return loaded.value;
}
