import type { CommonOptions } from './answer.ts';

/** What `bake schedule` takes besides the kind. */
export interface ScheduleFlags extends CommonOptions {
  readonly at: string;
  readonly name: string;
  readonly shards?: number;
  readonly shard?: string;
  readonly image?: string;
  /** A folder. */
  readonly output?: string;
  readonly force?: boolean;
}
