import { openLaunchHistory } from '../../catalogue/launch-history.ts';
import { openTombstones } from '../../catalogue/tombstones.ts';
import { loadEnvironments } from '../../config/environments.ts';
import { findWorkspace } from '../../config/find-workspace.ts';
import { kilnHome } from '../../core/home.ts';
import { lazyAmiRegions } from '../distribute/open-distribute.ts';
import { openPlatforms } from '../launch/open-platforms.ts';
import { openCatalogue } from '../open-catalogue.ts';
import { imagesInUse } from './in-use.ts';
import type { PrunePorts } from './prune-ports.ts';

/** What this machine's user prunes; nothing is connected to yet. */
export function openPrune(
  workspace: string,
  { progress, say }: Pick<PrunePorts, 'progress' | 'say'>,
  signal: AbortSignal,
): PrunePorts {
  const home = kilnHome();
  const history = openLaunchHistory(home);
  const platforms = openPlatforms({ workspace }, { home, history }, signal);
  return {
    catalogue: openCatalogue(),
    tombstones: openTombstones(home),
    history,
    platforms,
    images: async () => (await platforms.docker()).images,
    amis: lazyAmiRegions(),
    inUse: () => imagesInUse(home),
    declared: async (asked) => {
      const { names } = await loadEnvironments(await findWorkspace(workspace), {}, asked);
      return new Set(names);
    },
    home,
    progress,
    say,
  };
}
