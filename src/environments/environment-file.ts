import { isTakenVariable } from '../core/taken-variables.ts';

/** The longest `NAME=value` that Linux lets a process be given, its NUL included (MAX_ARG_STRLEN). */
const LONGEST = 131_072;

/** Unicode that systemd refuses a whole file for: its utf8_is_valid() takes no surrogates and no noncharacters. */
const REFUSED = /[\p{Surrogate}\p{Noncharacter_Code_Point}]/u;

/** The variable that a data key becomes: `db_port` is `DB_PORT`. */
export function variableName(key: string): string {
  return key.toUpperCase();
}

/** The text that a value of data has as a variable; lists and maps are JSON. */
export function variableText(value: unknown): string {
  if (typeof value === 'string') return value;
  const json = JSON.stringify(value);
  return json.replace(/\p{Noncharacter_Code_Point}/gu, (one) =>
    Array.from({ length: one.length }, (_, unit) => `\\u${one.charCodeAt(unit).toString(16)}`).join(''),
  );
}

/** Why a value of data cannot be a variable, to be said after its key; nothing when it can. */
export function variableProblem(key: string, value: unknown): string | undefined {
  const name = variableName(key);
  const text = variableText(value);
  if (isTakenVariable(name)) return `would be the variable ${name}, which has a meaning of its own`;
  if (text.includes('\0')) return 'has a NUL character in it, which no variable can carry';
  if (REFUSED.test(text)) return 'has characters in it that are no text: surrogates or Unicode noncharacters';
  const length = Buffer.byteLength(`${name}=${text}`) + 1;
  if (length > LONGEST) return `is too long for a variable: ${length} bytes, and ${LONGEST} is the most`;
  return undefined;
}

/**
 * `NAME="value"` lines that systemd's EnvironmentFile= and `. file` of a shell read as the same values.
 *
 * Between double quotes both take a backslash before `"`, `\`, `$` and a backtick as that character, and everything
 * else as it stands, newlines too (systemd.exec(5); POSIX shell, 2.2.3).
 */
export function environmentFile(variables: Iterable<readonly [name: string, text: string]>): string {
  return [...variables].map(([name, text]) => `${name}="${text.replace(/["\\$`]/g, '\\$&')}"\n`).join('');
}
