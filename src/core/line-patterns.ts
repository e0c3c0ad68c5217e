import { goRegExp } from './go-regexp.ts';

/** goss's pattern on lines: `foo` some line contains it, `/re/` some line matches, `!…` no line does, `\!` and `\/` escape. */
export interface LinePattern {
  readonly source: string;
  /** Whether these lines are as the pattern wants them. */
  holds(lines: readonly string[]): boolean;
}

const REGEXP = /^\/([\s\S]*)\/$/;

/** Reads one pattern; throws an Error for a regexp that is none. */
export function linePattern(source: string): LinePattern {
  const negated = source.startsWith('!');
  const bare = negated ? source.slice(1) : source;
  const matches = lineTest(bare);
  return {
    source,
    // An empty pattern holds even where there is no line at all, as in goss.
    holds: (lines) => (negated ? !lines.some(matches) : bare === '' || lines.some(matches)),
  };
}

/** Text as goss's scanner sees it: no last empty line, no carriage returns. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function lineTest(bare: string): (line: string) => boolean {
  const [, pattern] = REGEXP.exec(bare) ?? [];
  if (pattern !== undefined) {
    const expression = goRegExp(pattern);
    return (line) => expression.test(line);
  }
  const text = bare.replace(/^\\(?=[!/\\])/, '');
  return (line) => line.includes(text);
}
