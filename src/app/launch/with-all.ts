import type { EnvironmentImage } from '../../config/environment.ts';
import type { Instance } from '../../platforms/launcher.ts';

/** Whether a launch of all that an environment declares takes an image along; `found` is what it has of it now. */
export function isWithAll(image: EnvironmentImage, found: readonly Instance[]): boolean {
  return !image['on-request'] || found.length > 0;
}
