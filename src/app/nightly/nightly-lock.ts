import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { withLock } from '../../core/lock.ts';
import type { Shard } from './shard.ts';

/** Does a night's work; `NIGHTLY_RUNS` while another process is at the same, as waiting for it would pile up night after night. */
export async function withNightlyLock<T>(
  home: string,
  shard: Shard | undefined,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const part = shard === undefined ? '' : `-${shard.index}-of-${shard.count}`;
  return await withLock(join(home, `nightly${part}.lock`), signal, work, (owner) => {
    throw new Fault('NIGHTLY_RUNS', `another nightly rebuild is at work: process ${owner}`, {
      hint: 'Wait until it has ended, or end it; `bake image NAME` bakes one image meanwhile.',
    });
  });
}
