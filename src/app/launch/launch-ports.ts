import { openFileCatalogue } from '../../catalogue/file-store.ts';
import { type LaunchHistory, openLaunchHistory } from '../../catalogue/launch-history.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import { kilnHome } from '../../core/home.ts';
import type { OciStore } from '../../forms/oci/oci-store.ts';
import type { AmiRegion } from '../../platforms/ami-region.ts';
import type { ParameterStore } from '../../platforms/parameter-store.ts';
import { openParameters } from '../../platforms/registry.ts';
import { lazyAmiRegions } from '../distribute/open-distribute.ts';
import { joinLaunchers, type Launchers } from './join-launchers.ts';
import type { LaunchPlace } from './may-run-on.ts';
import { openPlatforms } from './open-platforms.ts';

/** Everything outside this process that launching works with. */
export interface LaunchPorts {
  readonly launcher: Launchers;
  readonly images: Pick<OciStore, 'inspect'>;
  /** AMIs of a region. */
  readonly amis: (region: string) => Promise<Pick<AmiRegion, 'stateOf'>>;
  /** Parameter Store in a region, where images fetch their secrets by themselves. */
  readonly parameters: (region: string) => Promise<Pick<ParameterStore, 'list'>>;
  readonly catalogue: Catalogue;
  readonly history: LaunchHistory;
  /** `$KILN_HOME`: where disks, logs and locks are. */
  readonly home: string;
}

/** What is needed to launch. A platform is opened when it is first asked: `ENGINE_UNREACHABLE` then, when there is no engine. */
export function openLaunchPorts(place: LaunchPlace, signal: AbortSignal): LaunchPorts {
  const home = kilnHome();
  const history = openLaunchHistory(home);
  const platforms = openPlatforms(place, { home, history }, signal);
  return {
    launcher: joinLaunchers(platforms),
    images: { inspect: async (...asked) => await (await platforms.docker()).images.inspect(...asked) },
    amis: lazyAmiRegions(),
    parameters: openParameters,
    catalogue: openFileCatalogue(home),
    history,
    home,
  };
}
