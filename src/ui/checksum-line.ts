/** A file's line as `sha256sum` writes it and `sha256sum -c` reads it: what a line cannot hold is escaped, and that is said first. */
export function checksumLine(sha256: string, file: string): string {
  const escaped = file.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === file ? '' : '\\'}${sha256}  ${escaped}`;
}
