import type { ImageRecord } from '../../catalogue/record.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import type { Workspace } from '../../config/workspace.ts';
import { Fault } from '../../core/fault.ts';
import { parentOf } from '../bakeable.ts';
import type { Job } from '../in-order.ts';
import { memoryOf } from './capacity.ts';
import { type Derived, type Shard, shardOf } from './shard.ts';

/** A template that is to be rebuilt, and what is known of its newest image. */
export interface NightlyJob extends Job {
  /** ISO time at which it was last baked or confirmed; absent for one that is revoked. */
  readonly newest?: string;
}

/** How long a bake takes that nothing is known of, in ms: any figure would do, all such are alike. */
const UNKNOWN_MS = 60_000;

/**
 * The templates of a workspace that are this machine's part of the night, by name; `only` names some of them. A template
 * whose file is wrong is among them, as it fails like one that cannot be baked.
 */
export async function planNightly(
  workspace: Workspace,
  { only, shard }: { readonly only?: readonly string[]; readonly shard?: Shard },
  catalogue: Catalogue,
): Promise<NightlyJob[]> {
  const derived = workspace.templateNames.map((name) => {
    const template = workspace.templates.get(name)?.value;
    const parent = template === undefined ? undefined : parentOf(template, workspace);
    return { name, template, ...(parent === undefined ? {} : { parent }) };
  });
  const mine = shard === undefined ? workspace.templateNames : shardOf(derived, shard);
  const wanted = derived.filter(({ name }) => mine.includes(name) && (only?.includes(name) ?? true));
  return await Promise.all(
    wanted.map(async ({ name, template, parent }) => {
      const record = await newestOf(name, catalogue);
      const confirmed = record === undefined ? [] : await catalogue.confirmations(record);
      const isRevoked = record !== undefined && (await catalogue.revocationOf(record)) !== undefined;
      const newest = isRevoked ? undefined : (confirmed.at(-1)?.at ?? record?.created);
      return {
        name,
        after: startsFromItself(name, derived) ? undefined : parent,
        memory: template === undefined ? 0 : memoryOf(template),
        expected: record?.stages.reduce((sum, { ms }) => sum + ms, 0) ?? UNKNOWN_MS,
        ...(newest === undefined ? {} : { newest }),
      };
    }),
  );
}

/** Then it waits for nobody, and fails for that. */
function startsFromItself(name: string, templates: readonly Derived[]): boolean {
  const seen = new Set<string>();
  for (let next: string | undefined = name; next !== undefined && !seen.has(next); ) {
    seen.add(next);
    next = templates.find((one) => one.name === next)?.parent;
    if (next === name) return true;
  }
  return false;
}

async function newestOf(name: string, catalogue: Catalogue): Promise<ImageRecord | undefined> {
  try {
    return await catalogue.latest(name);
  } catch (error) {
    // The rebuild takes its place.
    if (error instanceof Fault && error.code === 'RECORD_DAMAGED') return undefined;
    throw error;
  }
}
