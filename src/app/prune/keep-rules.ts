import type { Keep } from '../../catalogue/retention.ts';
import { openWorkspace } from '../open-workspace.ts';

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
  const { templates } = await openWorkspace(folder, names.length === 0 ? 'all' : names, signal);
  return new Map(templates.map(({ name, keep }) => [name, keep]));
}

/** `last 10, daily 7` */
export function keepText({ last = 1, daily, weekly, monthly }: Keep): string {
  const counts = Object.entries({ last, daily, weekly, monthly });
  return counts.flatMap(([name, count]) => (count ? [`${name} ${count}`] : [])).join(', ');
}
