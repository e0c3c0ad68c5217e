import { printable } from './printable.ts';
import type { Problem } from './problem.ts';

/** The most of a source line that is shown, and how much of it before the column. */
const WIDTH = 100;
const BEFORE = 60;

/**
 * A problem as lines of plain text, with a caret under its column:
 *
 *     templates/web.yaml:4:1  unknown key `convrge`
 *         4 | convrge:
 *           | ^ did you mean `converge`?
 */
export function renderProblem({ file, line, column, message, excerpt, hint }: Problem): string[] {
  const head = `${printable(file)}:${line}:${column}  ${message}`;
  if (excerpt.trim() === '') return hint === undefined ? [head] : [head, `      | ${hint}`];
  const [shown, offset] = windowOf(excerpt, column - 1);
  const caret = `${' '.repeat(offset)}^${hint === undefined ? '' : ` ${hint}`}`;
  return [head, `${String(line).padStart(5)} | ${printable(shown)}`, `      | ${caret}`];
}

/** The part of a long line around an offset, and the offset in that part. */
function windowOf(text: string, offset: number): [string, number] {
  if (text.length <= WIDTH) return [text.trimEnd(), offset];
  const start = Math.max(0, Math.min(offset - BEFORE, text.length - WIDTH));
  const part = text.slice(start, start + WIDTH).trimEnd();
  const before = start > 0 ? '…' : '';
  const after = start + WIDTH < text.length ? '…' : '';
  return [`${before}${part}${after}`, offset - start + before.length];
}
