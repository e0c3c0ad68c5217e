import { canonicalJson, type Digest } from '../../core/digest.ts';
import type { RunConfig } from './oci-store.ts';

export interface ConfigInput {
  readonly architecture: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly diffIds: readonly Digest[];
  readonly run: RunConfig;
}

/** An image config's bytes: no time but the epoch, no id, no host name, so that equal images have equal ids. */
export function configBytes({ architecture, epoch, diffIds, run }: ConfigInput): Buffer {
  const created = new Date(epoch * 1000).toISOString();
  const config = {
    architecture,
    os: 'linux',
    created,
    config: run,
    history: diffIds.map(() => ({ created, created_by: 'kiln' })),
    rootfs: { type: 'layers', diff_ids: diffIds },
  };
  return Buffer.from(canonicalJson(config));
}
