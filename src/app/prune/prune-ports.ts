import type { LaunchHistory } from '../../catalogue/launch-history.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import type { Tombstones } from '../../catalogue/tombstones.ts';
import type { OciStore } from '../../forms/oci/oci-store.ts';
import type { AmiRegions } from '../distribute/distribute-ports.ts';
import type { JoinedPlatforms } from '../launch/join-launchers.ts';

/** What a prune needs of an engine's images. */
export type EngineImages = Pick<OciStore, 'inspect' | 'tag' | 'untag' | 'removeNameless'>;

/** Everything outside this process that pruning works with. */
export interface PrunePorts {
  readonly catalogue: Catalogue;
  readonly tombstones: Tombstones;
  readonly history: LaunchHistory;
  readonly platforms: JoinedPlatforms;
  /** Connects first: `ENGINE_UNREACHABLE` when there is no engine. */
  readonly images: () => Promise<EngineImages>;
  /** AMIs of one's account in any region; nothing is sent before one is asked. */
  readonly amis: AmiRegions;
  /** What living bakes and exports work from: an image, `web@7`, and why, `app is baked from it`. */
  readonly inUse: () => Promise<ReadonlyMap<string, string>>;
  /** The environments that are declared in the workspace. */
  readonly declared: (signal: AbortSignal) => Promise<ReadonlySet<string>>;
  /** `$KILN_HOME`. */
  readonly home: string;
  /** How far work has come, from 0 to 100. */
  readonly progress: (what: string, percent: number) => void;
  /** One line for a person who waits. */
  readonly say: (message: string) => void;
}
