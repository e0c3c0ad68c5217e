/** Far more than any configuration needs, and far less than what exhausts the parser's stack. */
const DEEPEST = 200;
const WIDEST_INDENT = 400;

/**
 * The offset where a YAML text nests deeper than it may, or -1.
 *
 * The parser recurses, and near the end of the stack the engine can abort the process instead of throwing, so
 * this is found out before. It counts open brackets, indicators in a row on one line, and indentation, without
 * regard to quotes: a text with two hundred brackets left open is refused too.
 */
export function tooDeepAt(text: string): number {
  let brackets = 0;
  let row = 0;
  let indent = 0;
  let isIndent = true;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\n') {
      [row, indent, isIndent] = [0, 0, true];
      continue;
    }
    if (isIndent && character === ' ') indent++;
    else isIndent = false;
    if (character === '[' || character === '{') brackets++;
    else if (character === ']' || character === '}') brackets = Math.max(0, brackets - 1);
    else if (character === ',') row = 0;
    else if (isIndicator(character) && isBlank(text[at + 1])) row++;
    if (brackets > DEEPEST || row > DEEPEST || indent > WIDEST_INDENT) return at;
  }
  return -1;
}

function isIndicator(character: string | undefined): boolean {
  return character === '-' || character === '?' || character === ':';
}

function isBlank(character: string | undefined): boolean {
  return character === undefined || character === ' ' || character === '\t' || character === '\n';
}
