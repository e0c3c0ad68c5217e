import { openFileCatalogue } from '../../catalogue/file-store.ts';
import { type LaunchHistory, openLaunchHistory } from '../../catalogue/launch-history.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import { kilnHome } from '../../core/home.ts';
import type { OciStore } from '../../forms/oci/oci-store.ts';
import type { Launcher } from '../../platforms/launcher.ts';
import { openDocker } from '../../platforms/registry.ts';

/** Everything outside this process that launching works with. */
export interface LaunchPorts {
  readonly launcher: Launcher;
  readonly images: Pick<OciStore, 'inspect'>;
  readonly catalogue: Catalogue;
  readonly history: LaunchHistory;
  /** Where logs and locks go. */
  readonly home: string;
}

/** Connects to the engine and opens the catalogue and the history; `ENGINE_UNREACHABLE` when there is no engine. */
export async function openLaunchPorts(signal: AbortSignal): Promise<LaunchPorts> {
  const { launcher, images } = await openDocker(signal);
  const home = kilnHome();
  return { launcher, images, catalogue: openFileCatalogue(home), history: openLaunchHistory(home), home };
}
