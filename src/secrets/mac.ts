import { createHash } from 'node:crypto';
import type { Plain } from './cipher.ts';

/** What SOPS authenticates a file's values with: upper-case SHA-512 of all that are no comments, in their order. */
export function macOf(values: Iterable<Plain | undefined>): string {
  const hash = createHash('sha512');
  for (const value of values)
    if (value !== undefined && value.type !== 'comment') hash.update(value.text, 'utf8');
  return hash.digest('hex').toUpperCase();
}
