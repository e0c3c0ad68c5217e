import type { StageLog } from '../core/events.ts';
import type { Scope } from '../core/scope.ts';
import type { OciStore } from '../forms/oci/oci-store.ts';
import type { AmiSource, VendorAmi } from './base.ts';

/** Where AMIs of others are found. */
export interface VendorAmis {
  readonly region: string;
  /** The newest that can be launched now; `BASE_FAILED` when there is none. */
  findAmi(source: AmiSource, signal: AbortSignal): Promise<VendorAmi>;
}

/** What making a base ready needs of its surroundings. */
export interface BaseContext {
  readonly bake: string;
  readonly images: OciStore;
  /** AWS in a region, by default the one that is configured. */
  readonly ec2: (region?: string) => Promise<VendorAmis>;
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
