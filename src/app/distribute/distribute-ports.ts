import type { Catalogue } from '../../catalogue/store.ts';
import type { Template } from '../../config/template.ts';
import type { CleanupOutcome } from '../../core/scope.ts';
import type { AmiRegion } from '../../platforms/ami-region.ts';

/** AMIs of a region by its name; nothing is sent yet. */
export type AmiRegions = (region: string) => Promise<AmiRegion>;

/** Everything outside this process that a distribution works with. */
export interface DistributePorts {
  readonly catalogue: Pick<Catalogue, 'get' | 'copies' | 'noteCopy' | 'revocationOf'>;
  readonly amis: AmiRegions;
  /** `$KILN_HOME`. */
  readonly home: string;
  /** Hears what happens, a line each; `done` of `all` regions have come to an end. */
  readonly note: (message: string, done: number, all: number) => void;
  readonly onCleanup: (outcome: CleanupOutcome) => void;
}

/** What a template says about where its AMI goes. */
export type DistributionSettings = Pick<Template['ami'], 'copy' | 'share' | 'deprecate-after' | 'tags'>;

/** Whether a template wants anything of it. */
export function asksForDistribution(settings: DistributionSettings): boolean {
  const { copy = {}, share, 'deprecate-after': deprecated } = settings;
  return Object.keys(copy).length > 0 || share !== undefined || deprecated !== undefined;
}
