import { join } from 'node:path';
import { withLock } from '../../core/lock.ts';
import { operator } from '../../core/operator.ts';
import { whileNoLaunch } from '../launch/launch-lock.ts';
import { type FinishedPrunes, finishPrunes } from './finish-prunes.ts';
import { keepRules } from './keep-rules.ts';
import { type PrunePlan, planPrune } from './plan-prune.ts';
import type { PrunePorts } from './prune-ports.ts';

export interface PruneRequest {
  /** The workspace's folder, or one in it. */
  readonly workspace: string;
  /** Templates; all of the workspace when empty. */
  readonly names: readonly string[];
  /** Whether anything is removed, or only told. */
  readonly act: boolean;
}

/** What a prune would remove, or has. */
export interface Prune extends PrunePlan {
  /** Nothing was changed when it is absent. What killed prunes left is in it too. */
  readonly done?: FinishedPrunes;
}

/**
 * Removes the images that the rules of their templates do not keep and that nothing needs. What goes is decided and
 * taken out of the catalogue while nothing is launched anywhere; their bytes are removed after that, image by image.
 *
 * `TEMPLATE_UNKNOWN`, `CONFIG_INVALID`, `WORKSPACE_NOT_FOUND`, `DISK_FULL`.
 */
export async function pruneImages(
  { workspace, names, act }: PruneRequest,
  ports: PrunePorts,
  signal: AbortSignal,
): Promise<Prune> {
  const rules = await keepRules(workspace, names, signal);
  const decide = () => planPrune(rules, names.length > 0, ports, signal);
  const first = await decide();
  if (!act) return first.plan;
  return await withPruneLock(ports, signal, async () => {
    // Nobody's launch waits for nothing.
    if (first.records.length === 0) return { ...first.plan, done: await finishPrunes(ports, signal) };
    const plan = await whileNoLaunch(ports.home, ports.say, signal, async () => {
      const decided = await decide();
      for (const record of decided.records) {
        signal.throwIfAborted();
        await ports.tombstones.bury(record, operator(), new Date());
      }
      return decided.plan;
    });
    return { ...plan, done: await finishPrunes(ports, signal) };
  });
}

/** Changes tombstones while nobody else does. */
export async function withPruneLock<T>(
  { home, say }: Pick<PrunePorts, 'home' | 'say'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const waits = (owner: number) => say(`another prune is at work (process ${owner}): waiting for it`);
  return await withLock(join(home, 'prune.lock'), signal, work, waits);
}
