import type { HostNightly } from './schedule.ts';

/** The words that bake the night's work on a machine of one's own, up to `--report`, whose folder comes next. */
export function nightlyCommand({ program, shard }: HostNightly): string[] {
  const part = shard === undefined ? [] : ['--shard', `${shard.index}/${shard.count}`];
  return [...program, 'nightly', ...part, '--progress', 'plain', '--report'];
}
