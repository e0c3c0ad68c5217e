/**
 * One word of a unit's `ExecStart=:` or `Environment=`, whatever is in it on one line: systemd.syntax(7) for quotes and
 * backslashes, systemd.unit(5) for `%`. With the `:` before the command, `$` has no meaning there.
 */
export function systemdQuote(word: string): string {
  const literal = systemdLiteral(word);
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(literal)) return literal;
  return `"${literal.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Text in which `%` is no specifier, for settings that are not split into words. */
export function systemdLiteral(text: string): string {
  return text.replaceAll('%', '%%');
}

/**
 * A command for `ExecStart=:`. systemd takes no program with a quote or a backslash in its path, so `env` starts such
 * a one.
 */
export function systemdCommand(words: readonly string[]): string {
  const [program = ''] = words;
  return [...(/["'\\]/.test(program) ? ['/usr/bin/env'] : []), ...words].map(systemdQuote).join(' ');
}

/**
 * A folder for `WorkingDirectory=`, which knows no quotes. A blank at the end of the line would be dropped, and a
 * backslash there join it with the next; systemd takes `/.` off again.
 */
export function systemdFolder(path: string): string {
  return systemdLiteral(/[\s\\]$/u.test(path) ? `${path}/.` : path);
}
