/** One word for a POSIX shell, whatever is in it. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line that a shell reads back as exactly these words. */
export function shellJoin(words: readonly string[]): string {
  return words.map(shellQuote).join(' ');
}
