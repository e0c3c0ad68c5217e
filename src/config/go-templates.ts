import { Lexer } from 'yaml';
import type { Problem } from './problem.ts';
import type { Source } from './source.ts';

/** After so many the rest can wait for the next look. */
const MOST_PROBLEMS = 10;

/** What the lexer marks a document and a scalar by; they are no part of the text. */
const MARKS = new Set(['\u0002', '\u0018', '\u001f']);

/** Where goss would run a Go template: every `{{` that is in no comment. */
export function refuseGoTemplates(source: Source): Problem[] {
  return found(source, 0, source.text.length);
}

/** The same within a template's `checks:`; what other keys hold is another tool's. */
export function refuseGoTemplatesInChecks(source: Source): Problem[] {
  const { text } = source;
  if (!text.includes('{{')) return [];
  // A template in one pair of braces is taken as a whole.
  if (/^\s*\{/.test(text)) return refuseGoTemplates(source);
  const start = text.search(/^["']?checks["']?\s*:/m);
  if (start === -1) return [];
  const next = /\n(?=[^\s#])/g;
  next.lastIndex = start;
  return found(source, start, next.exec(text)?.index ?? text.length);
}

function found(source: Source, from: number, to: number): Problem[] {
  if (!source.text.includes('{{')) return [];
  const bare = withoutComments(source.text);
  const offsets = [...bare.matchAll(/\{\{/g)].map(({ index }) => index);
  const within = offsets.filter((offset) => offset >= from && offset < to);
  const once = new Map(within.reverse().map((offset) => [source.positionAt(offset).line, offset]));
  return [...once.values()]
    .reverse()
    .slice(0, MOST_PROBLEMS)
    .map((offset) =>
      source.problemAt(offset, {
        code: 'not-supported',
        message: 'Go templates and their variables are not supported: goss would run `{{ … }}` here',
        hint: 'write what it would give, or let `goss render` write the file; "\\x7b{" in double quotes is {{ itself',
      }),
    );
}

/** The text with blanks in place of its comments, offset for offset. */
function withoutComments(text: string): string {
  let bare = '';
  for (const token of new Lexer().lex(text)) {
    if (MARKS.has(token)) continue;
    bare += token.startsWith('#') ? ' '.repeat(token.length) : token;
  }
  return bare;
}
