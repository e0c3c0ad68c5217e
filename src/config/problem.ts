export type ProblemCode =
  | 'unreadable'
  | 'too-large'
  | 'empty-file'
  | 'yaml-syntax'
  | 'duplicate-key'
  | 'unknown-key'
  | 'not-supported'
  | 'missing-key'
  | 'wrong-type'
  | 'wrong-value'
  | 'wrong-name'
  | 'unknown-template'
  | 'unknown-base'
  | 'base-cycle'
  | 'unknown-environment'
  | 'environment-cycle'
  | 'checks-cycle'
  | 'wrong-data'
  | 'missing-secret'
  | 'file-missing'
  | 'path-outside';

/** One thing that is wrong in a file that a user wrote. */
export interface Problem {
  readonly code: ProblemCode;
  /** Relative to the workspace's root. */
  readonly file: string;
  /** Both from 1; the column counts UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** The source's line as it is written; empty when there is none. */
  readonly excerpt: string;
  readonly hint?: string;
}

/** What is told of a problem beside its place. */
export interface ProblemDetails {
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** By file, then by position, each once: what an alias repeats is one problem. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  const once = new Map(problems.map((problem) => [identityOf(problem), problem]));
  return [...once.values()].sort((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column);
}

function identityOf({ file, line, column, message }: Problem): string {
  return `${file}\0${line}\0${column}\0${message}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
