import { assertValid } from '../config/assert-valid.ts';
import { checkImages } from '../config/check-images.ts';
import { loadEnvironments } from '../config/environments.ts';
import { findWorkspace } from '../config/find-workspace.ts';
import { inOrder } from '../config/problem.ts';
import { loadWorkspace } from '../config/workspace.ts';
import { lintData } from './lint-data.ts';
import { lintSecrets } from './lint-secrets.ts';

/** The names of all that was checked. */
export interface Linted {
  readonly templates: readonly string[];
  readonly bases: readonly string[];
  readonly environments: readonly string[];
}

/**
 * Checks every file of the workspace that a folder is in, and that each environment has what the images that it
 * declares ask for; CONFIG_INVALID has all that is wrong.
 */
export async function lintWorkspace(folder: string, signal: AbortSignal): Promise<Linted> {
  const root = await findWorkspace(folder);
  const [workspace, environments] = await Promise.all([
    loadWorkspace(root, signal),
    loadEnvironments(root, {}, signal),
  ]);
  const { templates, bases, problems } = workspace;
  const [data, secrets] = await Promise.all([
    lintData(workspace, environments, signal),
    lintSecrets(templates, environments, signal),
  ]);
  const images = checkImages(environments.environments.values(), workspace);
  assertValid(inOrder([...problems, ...environments.problems, ...images, ...data, ...secrets]));
  return { templates: [...templates.keys()], bases: [...bases.keys()], environments: environments.names };
}
