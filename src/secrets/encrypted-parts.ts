import type { SopsComment } from '../config/sops-comments.ts';
import { SOPS_KEY, type SopsText, type TextRange } from '../config/sops-text.ts';
import { BINDING_KEY } from './binding.ts';
import { decryptValue, isEncrypted, pathBinding } from './cipher.ts';

/** Of the blocks that are not for people, those that are there. */
export function ownBlocks(file: SopsText): TextRange[] {
  return [BINDING_KEY, SOPS_KEY].flatMap((key) => file.blocks.get(key) ?? []);
}

/** Whether a value is written as an encrypted one. */
export function isWrittenEncrypted(text: string | undefined): boolean {
  return text !== undefined && isEncrypted(text);
}

/** A comment's text; undefined for one that is not encrypted. Where it was moved, it is found under another path. */
export function decryptedComment(
  { text, keys }: SopsComment,
  file: SopsText,
  dataKey: Buffer,
): string | undefined {
  if (!isEncrypted(text.trim())) return undefined;
  const others = file.maps.map(({ path }) => path.filter((part): part is string => typeof part === 'string'));
  for (const place of [keys, ...others, ...file.leaves.map((leaf) => leaf.keys)]) {
    const found = decryptValue(text.trim(), dataKey, pathBinding(place));
    if (found !== undefined) return found.text;
  }
  return undefined;
}

/** How an encrypted value stands in the text: bare, or in quotes where brackets and commas mean something. */
export function encryptedText(encrypted: string, inFlow: boolean): string {
  return inFlow || encrypted === '' ? JSON.stringify(encrypted) : encrypted;
}
