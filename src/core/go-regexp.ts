const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const TOKEN = /\\Q([\s\S]*?)(?:\\E|$)|\(\?P<|\[:(\^?)(\w+):\]|\\x\{([0-9A-Fa-f]+)\}|\\([\s\S])/g;

/** What is text as it stands, so that what looks like syntax in it is none. */
const QUOTED = /\\\\|\\Q[\s\S]*?(?:\\E|$)/g;
const NOT_IN_GO = /(?<!\\)\(\?<?[=!]|\\[1-9]/;

/**
 * A JavaScript RegExp for a pattern in Go's syntax (https://pkg.go.dev/regexp/syntax), which goss's files use.
 *
 * Translated: leading flags `(?ims)`, `\A`, `\z`, `\Q…\E`, `(?P<name>…)`, `[:class:]`, `\x{41}`. Throws an
 * Error for what has no counterpart here (the flag U, `\C`, `\a`, `\pN`, flags inside the pattern), and for what has none
 * there: looking ahead and behind, references to groups.
 */
export function goRegExp(source: string): RegExp {
  const [lacking] = NOT_IN_GO.exec(source.replace(QUOTED, '')) ?? [];
  if (lacking !== undefined) throw new Error(`${lacking} is not supported: Go has nothing like it`);
  return translated(source);
}

/** The same for a pattern of Ruby, which can look ahead and behind. */
export function rubyRegExp(source: string): RegExp {
  return translated(source);
}

function translated(source: string): RegExp {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(source);
  const all = [...new Set(leading?.[1] ?? '')].join('');
  if (/[^ims]/.test(all)) throw new Error(`the regexp flags "${all}" are not supported: only i, m and s are`);
  const body = source.slice(leading?.[0].length ?? 0).replace(TOKEN, translate);
  return new RegExp(body, all);
}

function translate(
  token: string,
  quoted: string | undefined,
  negated: string | undefined,
  posix: string | undefined,
  hex: string | undefined,
  escaped: string | undefined,
): string {
  if (token === '(?P<') return '(?<';
  if (quoted !== undefined) return quoted.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  if (posix !== undefined) return posixClass(posix, negated === '^');
  if (hex !== undefined) return hexEscape(hex);
  if (escaped === 'A') return '(?<![\\s\\S])';
  if (escaped === 'z') return '(?![\\s\\S])';
  if (escaped !== undefined && /[aCpPQE]/.test(escaped)) throw new Error(`\\${escaped} is not supported`);
  return token;
}

function posixClass(name: string, negated: boolean): string {
  const set = POSIX_CLASSES[name];
  if (set === undefined || negated)
    throw new Error(`the class [:${negated ? '^' : ''}${name}:] is not supported`);
  return set;
}

function hexEscape(hex: string): string {
  if (Number.parseInt(hex, 16) > 0xffff) throw new Error(`\\x{${hex}} is not supported: beyond U+FFFF`);
  return `\\u${hex.slice(-4).padStart(4, '0')}`;
}
