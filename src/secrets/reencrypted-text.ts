import { applyEdits, type TextEdit } from '../config/sops-plain.ts';
import { encryptValue, pathBinding } from './cipher.ts';
import { decryptedComment, encryptedText, ownBlocks } from './encrypted-parts.ts';
import type { OpenFile } from './open-file.ts';

/** The file's text with every encrypted value and comment encrypted anew, under another data key. */
export function reencryptedText({ file, plain, dataKey, isEncryptedAt }: OpenFile, newKey: Buffer): string {
  const own = ownBlocks(file);
  const isOwn = (offset: number) => own.some(({ start, end }) => offset >= start && offset < end);
  const values = file.leaves.flatMap(({ scalar, keys, start, end, inFlow }, at): TextEdit[] => {
    const value = plain[at];
    if (value === undefined || isOwn(start) || !isEncryptedAt(keys) || scalar?.text === '') return [];
    return [{ start, end, text: encryptedText(encryptValue(value, newKey, pathBinding(keys)), inFlow) }];
  });
  const comments = file.comments.flatMap((comment): TextEdit[] => {
    const text = isOwn(comment.start) ? undefined : decryptedComment(comment, file, dataKey);
    if (text === undefined) return [];
    const encrypted = encryptValue({ type: 'comment', text }, newKey, pathBinding(comment.keys));
    return [{ start: comment.start, end: comment.end, text: `#${encrypted}` }];
  });
  return applyEdits(file.text, [...values, ...comments]);
}
