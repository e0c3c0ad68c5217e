import type { StageLog } from '../core/events.ts';
import type { Scope } from '../core/scope.ts';
import type { OciStore } from '../forms/oci/oci-store.ts';

/** What making a base ready needs of its surroundings. */
export interface BaseContext {
  readonly bake: string;
  readonly images: OciStore;
  /** The workspace's folder. */
  readonly root: string;
  /** Folder of the cache of bases. */
  readonly cache: string;
  /** A folder for large temporary files. */
  readonly work: string;
  readonly scope: Scope;
  readonly log: StageLog;
  readonly signal: AbortSignal;
}
