import { LineCounter } from 'yaml';
import { type Digest, digestOf } from '../core/digest.ts';
import type { Problem, ProblemDetails } from './problem.ts';

/** Lines and columns from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A file's text with what it takes to point into it. */
export interface Source {
  readonly file: string;
  readonly bytesDigest: Digest;
  readonly text: string;
  positionAt(offset: number): Position;
  problemAt(offset: number, details: ProblemDetails): Problem;
}

/** A source of some bytes; throws a TypeError for bytes that are no UTF-8. */
export function sourceOf(file: string, bytes: Uint8Array): Source {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const lines = new LineCounter();
  for (let at = 0; at !== -1; at = after(text, at)) lines.addNewLine(at);

  function positionAt(offset: number): Position {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  }

  function problemAt(offset: number, { code, message, hint }: ProblemDetails): Problem {
    const position = positionAt(offset);
    const start = offset - position.column + 1;
    const end = text.indexOf('\n', start);
    const excerpt = text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
    return { code, file, ...position, message, excerpt, ...(hint !== undefined && { hint }) };
  }

  return { file, bytesDigest: digestOf(bytes), text, positionAt, problemAt };
}

function after(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? -1 : end + 1;
}
