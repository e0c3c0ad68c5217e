/** One YAML scalar that is this text and nothing else: double-quoted, which is JSON with all escaped that YAML forbids. */
export function yamlQuote(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Lines of a YAML file, with blanks before them; an empty line stays empty. */
export function indent(blanks: number, lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? line : `${' '.repeat(blanks)}${line}`));
}

/** The text of a file. */
export function fileText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
