import { findWorkspace } from '../config/find-workspace.ts';
import { assertValid, loadWorkspace } from '../config/workspace.ts';

/** Checks every file of the workspace that a folder is in; CONFIG_INVALID has all that is wrong. */
export async function lintWorkspace(
  folder: string,
  signal: AbortSignal,
): Promise<{ templates: string[]; bases: string[] }> {
  const { templates, bases, problems } = await loadWorkspace(await findWorkspace(folder), signal);
  assertValid(problems);
  return { templates: [...templates.keys()], bases: [...bases.keys()] };
}
