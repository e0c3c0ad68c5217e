import { Lexer } from 'yaml';

/** A comment of a SOPS file: a value too, encrypted under the path of the map or list that it stands in. */
export interface SopsComment {
  /** From the `#` to the line's end. */
  readonly start: number;
  readonly end: number;
  /** What follows the `#`. */
  readonly text: string;
  readonly keys: readonly string[];
}

/** A map or a list: the column of its keys or dashes from 0, and its path without indexes. */
export interface SopsLevel {
  readonly column: number;
  readonly keys: readonly string[];
  readonly parent: SopsLevel | undefined;
}

/** Where a key or an element starts, in the order of the text. */
export interface SopsEntry {
  readonly offset: number;
  readonly level: SopsLevel;
}

/**
 * The comments of a text, each with the map or list that go-yaml gives it to. Behind the text stands SOPS's own block.
 * One that is indented deeper than what follows has the rules of `yaml_parser_scan_comments`, as far as they were seen;
 * a comment that is given to another than by SOPS is one that SOPS cannot decrypt, and nothing else.
 */
export function findComments(text: string, entries: readonly SopsEntry[]): SopsComment[] {
  const comments: SopsComment[] = [];
  const lines = text.split('\n');
  let [offset, line, lineStart, passed] = [0, 0, 0, 0];
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (!isScalar && MARKS.includes(lexeme)) {
      isScalar = lexeme === SCALAR;
      continue;
    }
    if (!isScalar && lexeme.startsWith('#')) {
      for (; lineStart + (lines[line]?.length ?? 0) < offset; line++)
        lineStart += (lines[line]?.length ?? 0) + 1;
      while ((entries[passed]?.offset ?? Number.POSITIVE_INFINITY) < offset) passed++;
      const keys = keysOf({ lines, line, column: offset - lineStart }, entries[passed - 1], entries[passed]);
      const comment = lexeme.replace(/\r$/, '');
      comments.push({ start: offset, end: offset + comment.length, text: comment.slice(1), keys });
    }
    isScalar = false;
    offset += lexeme.length;
  }
  return comments;
}

/** What the lexer says beside the text itself; before a scalar comes the last one. */
const SCALAR = '\u001f';
const MARKS = ['\u0002', '\u0018', SCALAR];

/** Where a comment starts. */
interface Place {
  readonly lines: readonly string[];
  readonly line: number;
  readonly column: number;
}

function keysOf(place: Place, last: SopsEntry | undefined, next: SopsEntry | undefined): readonly string[] {
  const { lines, line, column } = place;
  if (lines[line]?.slice(0, column).trim() !== '') return last?.level.keys ?? [];
  const block = commentBlock(place);
  if (column <= (next?.level.column ?? 0) || block.isLater) return next?.level.keys ?? [];
  let level = last?.level;
  // A row of comments is the innermost's before them, however it is indented.
  const isOne = !block.isFollowed && block.isLevel;
  while (!isOne && level?.parent !== undefined && level.column > column) level = level.parent;
  return level?.keys ?? [];
}

/** So many lines say enough, and a file of nothing but comments is read in time. */
const FARTHEST = 100;

/** What the comments around a line are, with no content between. */
interface CommentBlock {
  /** Those right above are indented as it is. */
  readonly isLevel: boolean;
  /** Others are above, parted by a blank line. */
  readonly isLater: boolean;
  /** Others are below, parted by a blank line. */
  readonly isFollowed: boolean;
}

function commentBlock({ lines, line, column }: Place): CommentBlock {
  const beyond = (step: 1 | -1, is: (text: string) => boolean, from: number) => {
    let at = from;
    while (is(lines[at] ?? 'none') && Math.abs(at - from) < FARTHEST) at += step;
    return at;
  };
  const [top, bottom] = [beyond(-1, isComment, line), beyond(1, isComment, line)];
  const [over, under] = [beyond(-1, isBlank, top), beyond(1, isBlank, bottom)];
  return {
    isLevel: lines.slice(top + 1, line).every((text) => text.search(/\S/) === column),
    isLater: over < top && isComment(lines[over] ?? ''),
    isFollowed: under > bottom && isComment(lines[under] ?? ''),
  };
}

function isComment(text: string): boolean {
  return text.trimStart().startsWith('#');
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
