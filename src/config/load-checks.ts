import { realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import { assertValid } from './assert-valid.ts';
import type { Checks } from './checks.ts';
import { loadGossFile } from './goss-files.ts';
import { realRootOf } from './real-root.ts';

/**
 * Reads a goss file, wherever it is, with those that it includes. `USAGE` where there is none; every problem comes in one
 * `CONFIG_INVALID`.
 */
export async function loadChecks(file: string, signal: AbortSignal): Promise<Checks> {
  const path = await realpath(resolve(file)).catch((cause: unknown) => {
    const hint = 'Name a file of checks: a goss file, or what stands under `checks:` in a template.';
    throw new Fault('USAGE', `there is no file ${file}`, { hint, cause });
  });
  const folder = dirname(path);
  const root = await realRootOf(folder, { called: folder, shown: `${folder.replace(/\/$/, '')}/` });
  const { checks, problems } = await loadGossFile(root, basename(path), signal);
  assertValid(problems);
  return checks;
}
