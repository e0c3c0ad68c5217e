import { posix } from 'node:path';
import { absolutePath } from './text.ts';

/** An absolute path of an instance that is not all of it, normalised, without a trailing slash. */
export const statePath = absolutePath
  .transform((path) => posix.normalize(path.replace(/^\/+/, '/')).replace(/(?<=.)\/$/, ''))
  .refine((path) => path !== '/', 'is the whole instance: name what the image changes while it runs');
