import type { Keep } from '../../catalogue/retention.ts';
import { assertValid } from '../../config/assert-valid.ts';
import { findWorkspace } from '../../config/find-workspace.ts';
import { loadWorkspace, problemsOf, requireTemplate } from '../../config/workspace.ts';

/** What each template says about how long its images are kept; nothing of one that does not say it. */
export type KeepRules = ReadonlyMap<string, Keep | undefined>;

/**
 * Reads the rules of the named templates of the workspace that a folder is in, or of all. `TEMPLATE_UNKNOWN`,
 * `CONFIG_INVALID` with all problems of them.
 */
export async function keepRules(
  folder: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<KeepRules> {
  const workspace = await loadWorkspace(await findWorkspace(folder), signal);
  const chosen = names.length === 0 ? workspace.templateNames : [...new Set(names)];
  const known = chosen.filter((name) => workspace.templateNames.includes(name));
  assertValid([...new Set(known.flatMap((name) => problemsOf(workspace, name)))]);
  return new Map(chosen.map((name) => [name, requireTemplate(workspace, name).value.keep]));
}

/** `last 10, daily 7` */
export function keepText({ last = 1, daily, weekly, monthly }: Keep): string {
  const counts = Object.entries({ last, daily, weekly, monthly });
  return counts.flatMap(([name, count]) => (count ? [`${name} ${count}`] : [])).join(', ');
}
