import { openFileCatalogue } from '../catalogue/file-store.ts';
import { type LaunchHistory, openLaunchHistory } from '../catalogue/launch-history.ts';
import type { Catalogue } from '../catalogue/store.ts';
import { kilnHome } from '../core/home.ts';

/** The catalogue of this machine's user; nothing is read or made before it is asked. */
export function openCatalogue(): Catalogue {
  return openFileCatalogue(kilnHome());
}

/** What this machine's user has launched, in the same way. */
export function openLaunches(): LaunchHistory {
  return openLaunchHistory(kilnHome());
}
