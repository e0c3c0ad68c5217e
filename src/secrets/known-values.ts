import { type Plain, pathBinding } from './cipher.ts';
import { decryptedComment, isWrittenEncrypted } from './encrypted-parts.ts';
import type { OpenFile } from './open-file.ts';

/** What is encrypted already may stay as it is: the same value at the same place, once for each time it is there. */
export type Known = Map<string, string[]>;

/** The encrypted values and comments of an open file, to be used again. */
export function knownValues({ file, plain, dataKey }: OpenFile): Known {
  const known: Known = new Map();
  const add = (key: string, encrypted: string) => known.set(key, [...(known.get(key) ?? []), encrypted]);
  for (const [at, { keys, scalar }] of file.leaves.entries()) {
    const value = plain[at];
    if (value !== undefined && isWrittenEncrypted(scalar?.text))
      add(knownKey(value, keys), scalar?.text ?? '');
  }
  for (const comment of file.comments) {
    const text = decryptedComment(comment, file, dataKey);
    if (text !== undefined) add(knownKey({ type: 'comment', text }, comment.keys), comment.text.trim());
  }
  return known;
}

/** What makes a value and its place the same. */
export function knownKey({ type, text }: Plain, keys: readonly string[]): string {
  return JSON.stringify([type, text, pathBinding(keys)]);
}
