import type { SinceImage } from '../compare/since-image.ts';
import type { LaunchOutcome } from '../launch/launch-environment.ts';
import type { Shard } from './shard.ts';

/** What a nightly rebuild came to. Times in ms or ISO UTC. */
export interface NightlyReport {
  readonly started: string;
  readonly ms: number;
  /** How many were baked at once at most. */
  readonly jobs: number;
  readonly shard?: Shard;
  /** By name. */
  readonly templates: readonly NightlyOutcome[];
  /** Where what was published or confirmed was launched; absent where the workspace asks for none. */
  readonly launch?: { readonly environment: string } & (
    | { readonly outcomes: readonly LaunchOutcome[] }
    | { readonly error: unknown }
  );
  /** What was pruned in the end; absent where the workspace does not ask for it. */
  readonly prune?: PrunedNightly | { readonly error: unknown };
}

export interface PrunedNightly {
  /** `web@3` */
  readonly removed: readonly string[];
  /** Out of the catalogue, and not yet off the disk. */
  readonly pending: readonly string[];
  /** Images whose record is damaged, for which nothing could be pruned. */
  readonly damaged: readonly string[];
}

/** What became of one template in a night. */
export type NightlyOutcome = {
  readonly template: string;
  readonly ms: number;
  /** The file with all that the bake said. */
  readonly log?: string;
} & (
  | ({ readonly state: 'published'; readonly since?: SinceImage & { readonly bytes: number } } & NightlyImage)
  /** The bake came to the newest image once more, which was confirmed. */
  | ({ readonly state: 'unchanged' } & NightlyImage)
  | { readonly state: 'failed'; readonly error: unknown }
  | {
      readonly state: 'skipped';
      readonly why: string;
      /** The template whose failure it is skipped for: what starts from it is skipped, too. */
      readonly failed?: string;
    }
);

export interface NightlyImage {
  /** `web@8` */
  readonly image: string;
  readonly digest: string;
  readonly bytes: number;
  /** Regions in which its AMI is not all that is declared, and why; none when absent. */
  readonly missing?: readonly { readonly region: string; readonly error: unknown }[];
}

/** Whether a night was good: nothing failed, nothing was left out for what failed, and the launch is healthy. */
export function wentWell({ templates, launch, prune }: NightlyReport): boolean {
  const baked = templates.every((one) => one.state !== 'failed' && !('failed' in one) && !('missing' in one));
  const launched =
    launch === undefined ||
    ('outcomes' in launch && launch.outcomes.every(({ failure }) => failure === undefined));
  return baked && launched && (prune === undefined || !('error' in prune));
}
