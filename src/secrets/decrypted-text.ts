import { applyEdits, editableText, type TextEdit } from '../config/sops-plain.ts';
import { decryptedComment, isWrittenEncrypted, ownBlocks } from './encrypted-parts.ts';
import type { OpenFile } from './open-file.ts';

/** The columns by which a text of several lines is indented below its key. */
const INDENT = 4;

/** A file's text with its values and comments decrypted, and without the blocks that are the programs'. */
export function decryptedText({ file, plain, dataKey }: OpenFile): string {
  const edits: TextEdit[] = [...ownBlocks(file)].map((block) => ({ ...block, text: '' }));
  const isOwn = (offset: number) => edits.some(({ start, end }) => offset >= start && offset < end);
  const values = file.leaves.flatMap((leaf, at): TextEdit[] => {
    const value = plain[at];
    if (value === undefined || isOwn(leaf.start) || !isWrittenEncrypted(leaf.scalar?.text)) return [];
    if (value.type === 'comment')
      return [{ start: dashBefore(file.text, leaf.start), end: leaf.end, text: `#${value.text}` }];
    const text = leaf.inFlow ? editableText(value) : editableText(value, leaf.column + INDENT);
    return [{ start: leaf.start, end: leaf.end, text }];
  });
  const comments = file.comments.flatMap((comment): TextEdit[] => {
    const text = isOwn(comment.start) ? undefined : decryptedComment(comment, file, dataKey);
    return text === undefined ? [] : [{ start: comment.start, end: comment.end, text: `#${text}` }];
  });
  return applyEdits(file.text, [...edits, ...values, ...comments]);
}

/** SOPS writes a comment in a list as an element of it. */
function dashBefore(text: string, offset: number): number {
  const dash = text.lastIndexOf('-', offset);
  return text.slice(dash + 1, offset).trim() === '' ? dash : offset;
}
