/** Characters that move a terminal's cursor or hide what stands there: controls, and those that change direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from a file on one line that is safe to print: one character for one, so that columns stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (character === '\t' ? ' ' : '\u{fffd}'));
}

/** The same, cut to what a message can carry. */
export function short(text: string, length = 60): string {
  const shown = printable(text);
  return shown.length > length ? `${shown.slice(0, length - 1)}…` : shown;
}
