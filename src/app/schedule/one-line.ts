import { short } from '../../config/printable.ts';
import { Fault } from '../../core/fault.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/;

/** Gives a text back that fits on a line of any of the files; USAGE for one with a line break or another control in it. */
export function oneLine(what: string, text: string): string {
  if (!CONTROL.test(text)) return text;
  throw new Fault('USAGE', `${what} has a line break or another control character in it: ${short(text)}`, {
    hint: 'No schedule can carry that; give it another name.',
  });
}
