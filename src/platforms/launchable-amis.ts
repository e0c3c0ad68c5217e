import type { AmiId } from '../core/form-id.ts';

/** What is asked of AMIs before instances are started from them. */
export interface LaunchableAmis {
  /** `available`, or what keeps it from being started, in AWS's word; nothing where this account sees none of that id. */
  state(region: string, id: AmiId, signal: AbortSignal): Promise<string | undefined>;
}
