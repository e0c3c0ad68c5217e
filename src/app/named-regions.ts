import { findWorkspace } from '../config/find-workspace.ts';
import { loadWorkspace } from '../config/workspace.ts';
import { Fault } from '../core/fault.ts';
import type { Use } from '../platforms/ec2/permissions.ts';
import { declaredIn } from './launch/may-run-on.ts';

/** A region of AWS that a workspace names. */
export interface NamedRegion {
  readonly region: string;
  /** What is to be done there. */
  readonly uses: readonly Use[];
  /** What names it: `template web`. */
  readonly by: readonly string[];
}

/**
 * The regions that a workspace's templates and environments name, by name; none outside of a workspace. A file that cannot
 * be read names none: `bake lint` tells of it.
 */
export async function namedRegions(folder: string, signal: AbortSignal): Promise<readonly NamedRegion[]> {
  const found = new Map<string, { uses: Set<Use>; by: Set<string> }>();
  const add = (region: string | undefined, use: Use, by: string) => {
    if (region === undefined) return;
    const known = found.get(region) ?? { uses: new Set(), by: new Set() };
    known.uses.add(use);
    known.by.add(by);
    found.set(region, known);
  };
  for (const [name, { value }] of await templatesIn(folder, signal)) {
    if (!value.forms.includes('ami')) continue;
    add(value.ami.region, 'bake', `template ${name}`);
    for (const region of Object.keys(value.ami.copy ?? {})) add(region, 'copy', `template ${name}`);
  }
  for (const [name, config] of await declaredIn({ workspace: folder }, signal))
    add(config?.ec2?.region, 'launch', `environment ${name}`);
  return [...found]
    .map(([region, { uses, by }]) => ({ region, uses: [...uses], by: [...by] }))
    .sort((a, b) => (a.region < b.region ? -1 : 1));
}

async function templatesIn(folder: string, signal: AbortSignal) {
  try {
    return (await loadWorkspace(await findWorkspace(folder), signal)).templates;
  } catch (error) {
    if (error instanceof Fault && error.code === 'WORKSPACE_NOT_FOUND') return [];
    throw error;
  }
}
