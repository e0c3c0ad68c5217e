import { applyEdits, type TextEdit } from '../config/sops-plain.ts';
import { parseSopsText, SOPS_KEY, type SopsText } from '../config/sops-text.ts';
import { BINDING_KEY } from './binding.ts';
import { encryptValue, type Plain, pathBinding } from './cipher.ts';
import { encryptedText } from './encrypted-parts.ts';
import type { IsEncryptedAt } from './encryption-rule.ts';
import { type Known, knownKey } from './known-values.ts';
import { nameOf, type OpenFile } from './open-file.ts';

/** How an edited text is encrypted. */
export interface Encryption {
  /** The text's path for messages. */
  readonly shown: string;
  readonly dataKey: Buffer;
  readonly isEncryptedAt: IsEncryptedAt;
  readonly known?: Known;
}

/**
 * Encrypts all values and comments of a text that a person edited, as far as the file's rule says; its layout stays.
 * `SECRETS_INVALID`, with the place and never the value, for what cannot be a file of secrets.
 */
export function encryptedTextOf(
  edited: string,
  { shown, dataKey, isEncryptedAt, known = new Map() }: Encryption,
): string {
  const isEmpty = /^\s*\{\s*\}\s*$/.test(edited) || edited === '';
  const text = isEmpty ? '' : edited.replace(/\n?$/, '\n');
  const file = parseSopsText(shown, Buffer.from(text));
  assertNames(file);
  const left: Known = new Map([...known].map(([key, all]) => [key, [...all]]));
  const encrypt = (value: Plain, keys: readonly string[]) =>
    left.get(knownKey(value, keys))?.shift() ?? encryptValue(value, dataKey, pathBinding(keys));

  const values = file.leaves.flatMap(({ scalar, keys, start, end, inFlow }): TextEdit[] => {
    if (scalar === undefined || !isEncryptedAt(keys)) return [];
    return [{ start, end, text: encryptedText(encrypt(scalar, keys), inFlow) }];
  });
  const comments = file.comments.flatMap(({ text: comment, keys, start, end }): TextEdit[] => {
    if (file.leaves.some((leaf) => start > leaf.start && start < leaf.end)) {
      throw file.faultAt(
        start,
        'a comment stands behind the start of a block',
        'Write it on a line of its own.',
      );
    }
    const value = { type: 'comment', text: comment } as const;
    return isEncryptedAt(keys) ? [{ start, end, text: `#${encrypt(value, keys)}` }] : [];
  });
  return applyEdits(text, [...values, ...comments]);
}

/** `SECRETS_INVALID` for names that the file needs itself, and for two that are the same. */
function assertNames(file: SopsText): void {
  for (const key of [SOPS_KEY, BINDING_KEY]) {
    const block = file.blocks.get(key);
    if (block !== undefined) throw file.faultAt(block.start, `the key \`${key}\` cannot be a secret's name`);
  }
  const names = new Set<string>();
  for (const leaf of file.leaves) {
    const name = nameOf(leaf);
    if (names.has(name)) throw file.faultAt(leaf.start, `two secrets are called \`${name}\``);
    names.add(name);
  }
}

/** An encrypted text with SOPS's block of the file that it was made from behind it. */
export function withOwnBlock(text: string, { file }: OpenFile): string {
  const block = file.blocks.get(SOPS_KEY);
  return block === undefined ? text : text + file.text.slice(block.start, block.end);
}
