import type { CommonOptions } from './answer.ts';

/** What `bake diff` takes besides the images. */
export interface DiffFlags extends CommonOptions {
  readonly changelog?: boolean;
  readonly all?: boolean;
}
