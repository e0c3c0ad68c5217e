import { openLaunchHistory } from '../catalogue/launch-history.ts';
import { kilnHome } from '../core/home.ts';
import { openPlatforms } from './launch/open-platforms.ts';
import { openCatalogue } from './open-catalogue.ts';
import type { RevokePorts } from './revoke-image.ts';

/** What this machine's user revokes and asks after it; nothing is connected to yet. */
export function openRevoke(workspace: string, signal: AbortSignal): Omit<RevokePorts, 'progress'> {
  const home = kilnHome();
  const history = openLaunchHistory(home);
  return { catalogue: openCatalogue(), platforms: openPlatforms({ workspace }, { home, history }, signal) };
}
