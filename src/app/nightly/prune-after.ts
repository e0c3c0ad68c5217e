import type { Environments } from '../../config/environments.ts';
import { openPrune } from '../prune/open-prune.ts';
import { pruneImages } from '../prune/prune-images.ts';
import type { NightlyReport } from './report.ts';

/** Removes what no rule keeps any more, where the workspace asks for that, as `bake prune --yes` does. */
export async function pruneAfter(
  { nightly }: Environments,
  { workspace, say }: { readonly workspace: string; readonly say: (message: string) => void },
  signal: AbortSignal,
): Promise<NightlyReport['prune']> {
  if (nightly.prune !== true || signal.aborted) return undefined;
  try {
    const ports = openPrune(workspace, { progress: () => {}, say }, signal);
    const { done, damaged } = await pruneImages({ workspace, names: [], act: true }, ports, signal);
    const images = done?.images ?? [];
    const isLeft = (one: (typeof images)[number]) => one.parts.some(({ state }) => state === 'pending');
    return {
      removed: images.filter((one) => !isLeft(one)).map(({ name }) => name),
      pending: images.filter(isLeft).map(({ name }) => name),
      damaged,
    };
  } catch (error) {
    return { error };
  }
}
