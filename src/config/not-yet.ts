import { z } from 'zod';

/** Keys that a schema knows of but that Kiln does not offer yet, so that the answer is not "unknown key". */
export const notYet = z.registry<{
  readonly keys: readonly string[];
  /** What is said of them instead of `is not supported yet`. */
  readonly says?: string;
}>();
