import type { Catalogue } from '../catalogue/store.ts';
import { findWorkspace } from '../config/find-workspace.ts';
import { loadWorkspace, noTemplate } from '../config/workspace.ts';
import { Fault } from '../core/fault.ts';

/** `TEMPLATE_UNKNOWN` for a name that no template has, neither in the workspace that a folder is in nor in the catalogue. */
export async function assertTemplateKnown(
  name: string,
  { folder, catalogue }: { readonly folder: string; readonly catalogue: Pick<Catalogue, 'templates'> },
  signal: AbortSignal,
): Promise<void> {
  const [written, baked] = await Promise.all([writtenAround(folder, signal), catalogue.templates()]);
  const known = [...new Set([...written, ...baked])].sort();
  if (!known.includes(name)) throw noTemplate(name, known);
}

/** Outside of a workspace there are none. */
async function writtenAround(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { templateNames } = await loadWorkspace(await findWorkspace(folder), signal);
    return templateNames;
  } catch (error) {
    if (error instanceof Fault && error.code === 'WORKSPACE_NOT_FOUND') return [];
    throw error;
  }
}
