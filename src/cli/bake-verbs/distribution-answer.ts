import type { Distribution } from '../../app/distribute/distribution.ts';
import { faultJson } from '../../ui/fault-json.ts';
import type { Failure } from '../answer.ts';

/** As it is printed for programs. */
export function distributionJson({ image, regions }: Distribution) {
  return {
    image,
    regions: regions.map(({ error, ...region }) =>
      error === undefined ? region : { ...region, error: faultJson(error) },
    ),
  };
}

/** What failed of it: the image is published all the same, so that the exit code is 1 unless it was interrupted. */
export function distributionFailures({ regions }: Distribution, signal: AbortSignal): Failure[] {
  if (signal.aborted) return [{ error: signal.reason }];
  return regions.flatMap(({ error }) => (error === undefined ? [] : [{ error, exitCode: 1 }]));
}
