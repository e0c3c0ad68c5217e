import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';

/**
 * The root of the workspace: the folder that is named, or the nearest one above `startDir` with `templates/` in it.
 *
 * Throws WORKSPACE_NOT_FOUND.
 */
export async function findWorkspace(startDir: string, explicit?: string): Promise<string> {
  if (explicit !== undefined) {
    const root = resolve(startDir, explicit);
    if (await hasTemplates(root)) return root;
    throw new Fault('WORKSPACE_NOT_FOUND', `${root} is not a workspace: it has no folder templates/`, {
      hint: HINT,
    });
  }
  const start = resolve(startDir);
  for (let folder = start; ; folder = dirname(folder)) {
    if (await hasTemplates(folder)) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new Fault('WORKSPACE_NOT_FOUND', `no workspace in ${start} or above: none has a folder templates/`, {
    hint: HINT,
  });
}

const HINT = 'Go to the folder that holds templates/, or name it with --workspace.';

async function hasTemplates(folder: string): Promise<boolean> {
  try {
    return (await stat(join(folder, 'templates'))).isDirectory();
  } catch {
    return false;
  }
}
