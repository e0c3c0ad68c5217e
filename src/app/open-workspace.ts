import { assertValid } from '../config/assert-valid.ts';
import { findWorkspace } from '../config/find-workspace.ts';
import type { Template } from '../config/template.ts';
import { loadWorkspace, problemsOf, requireTemplate, type Workspace } from '../config/workspace.ts';

/** A workspace and the templates of it that are to be worked with; none of them has a problem. */
export interface OpenedWorkspace {
  readonly workspace: Workspace;
  readonly templates: readonly Template[];
}

/**
 * Finds the workspace that a folder is in and takes the named templates from it, each once, or `all` of them. All problems of all of
 * them, and of what they are based on, come in one CONFIG_INVALID.
 */
export async function openWorkspace(
  folder: string,
  names: readonly string[] | 'all',
  signal: AbortSignal,
): Promise<OpenedWorkspace> {
  const workspace = await loadWorkspace(await findWorkspace(folder), signal);
  const chosen = names === 'all' ? workspace.templateNames : [...new Set(names)];
  const known = chosen.filter((name) => workspace.templateNames.includes(name));
  const problems = known.flatMap((name) => problemsOf(workspace, name));
  assertValid([...new Set(problems)]);
  return { workspace, templates: chosen.map((name) => requireTemplate(workspace, name).value) };
}
