const ESCAPE = '\\u001b';
const ENDED_STRING = `(?:${ESCAPE}[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007${ESCAPE}\\u009c]*(?:\\u0007|${ESCAPE}\\\\|\\u009c)`;
const SEQUENCE = `(?:${ESCAPE}\\[|\\u009b)[0-?]*[ -/]*[@-~]`;
const SHORT_ESCAPE = `${ESCAPE}[ -/]*[0-~]`;
const TERMINAL_CODES = new RegExp(`${ENDED_STRING}|${SEQUENCE}|${SHORT_ESCAPE}`, 'g');
/** Control characters, and those that turn the direction of the text that follows. */
const INVISIBLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A tool's output line as it is safe to show: no colours, no other terminal codes (ECMA-48), no control characters.
 * Of a progress bar, which redraws itself after carriage returns, the last drawing is kept.
 */
export function cleanLine(line: string): string {
  return redrawings(line).at(-1) ?? '';
}

/** Every drawing of a line that redraws itself, each clean; at least one. */
export function redrawings(line: string): string[] {
  const drawings = line
    .replace(TERMINAL_CODES, '')
    .split('\r')
    .map((drawing) => drawing.replaceAll('\t', '  ').replace(INVISIBLE, '').trimEnd())
    .filter((drawing) => drawing !== '');
  return drawings.length === 0 ? [''] : drawings;
}

/** The clean lines of a text that may have several. */
export function cleanLines(text: string): string[] {
  return text.split('\n').map(cleanLine);
}
