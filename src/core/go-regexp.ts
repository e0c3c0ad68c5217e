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

const CLASS = /\[(\^|(?!\^))(\]|(?!\]))((?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*)\]/;
const TOKEN = new RegExp(
  String.raw`\\Q([\s\S]*?)(?:\\E|$)|\(\?P<|${CLASS.source}|\\x\{([0-9A-Fa-f]+)\}|\\([\s\S])|[.^$[]`,
  'g',
);
const IN_CLASS = /\[:(\^?)(\w+):\]|\\x\{([0-9A-Fa-f]+)\}|\\([\s\S])/g;

/** What is text as it stands, so that what looks like syntax in it is none. */
const QUOTED = /\\\\|\\Q[\s\S]*?(?:\\E|$)/g;
const NOT_IN_GO = /(?<!\\)\(\?<?[=!]|\\(?:[1-9]|(?![AaBbCDdEfnPpQrSstvWwxz])[A-Za-z])/;

/**
 * A JavaScript RegExp for a pattern in Go's syntax (https://pkg.go.dev/regexp/syntax), which goss's files use.
 *
 * Translated: leading flags `(?ims)`, `\A`, `\z`, `\Q…\E`, `(?P<name>…)`, `[:class:]`, `[]a]`, `\x{41}`, and what a
 * blank (`\s`) and a line (`.`, `^`, `$`) is. Throws an Error for what has no counterpart here (the flag U, `\C`, `\a`,
 * `\pN`, flags inside the pattern), and for what has none there: looking ahead and behind, references to groups, other
 * letters after a backslash.
 */
export function goRegExp(source: string): RegExp {
  const [lacking] = NOT_IN_GO.exec(source.replace(QUOTED, '')) ?? [];
  if (lacking !== undefined) throw new Error(`${lacking} is not supported: Go has nothing like it`);
  return translated(source, { blanks: true });
}

/** The same for a pattern of Ruby, which can look ahead and behind. */
export function rubyRegExp(source: string): RegExp {
  return translated(source, { blanks: false });
}

interface Dialect {
  /** Whether the blanks are Go's alone, and a line feed alone ends a line. */
  readonly blanks: boolean;
}

function translated(source: string, { blanks }: Dialect): RegExp {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(source);
  const all = [...new Set(leading?.[1] ?? '')].join('');
  if (/[^ims]/.test(all)) throw new Error(`the regexp flags "${all}" are not supported: only i, m and s are`);
  const lines = blanks && all.includes('m');
  const body = source
    .slice(leading?.[0].length ?? 0)
    .replace(
      TOKEN,
      (
        token: string,
        quoted?: string,
        not?: string,
        first?: string,
        set?: string,
        hex?: string,
        escaped?: string,
      ) => {
        if (token === '(?P<') return '(?<';
        if (token === '[') throw new Error('a bracket is not closed');
        if (token === '.') return all.includes('s') ? '.' : '[^\\n]';
        if (token === '^') return lines ? '(?<![^\\n])' : token;
        if (token === '$') return lines ? '(?![^\\n])' : token;
        if (quoted !== undefined) return quoted.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
        if (set !== undefined) return `[${not}${first === '' ? '' : '\\]'}${translatedSet(set, blanks)}]`;
        if (hex !== undefined) return hexEscape(hex);
        if (escaped === 'A') return '(?<![\\s\\S])';
        if (escaped === 'z') return '(?![\\s\\S])';
        if (blanks && escaped === 's') return `[${BLANKS}]`;
        if (blanks && escaped === 'S') return `[^${BLANKS}]`;
        return supported(token);
      },
    );
  return new RegExp(body, lines ? all.replace('m', '') : all);
}

/** Go's blanks; JavaScript has more of them. */
const BLANKS = '\\t\\n\\f\\r ';
const NO_BLANKS = '\\0-\\x08\\v\\x0e-\\x1f!-\\uffff';

function translatedSet(set: string, blanks: boolean): string {
  return set.replace(
    IN_CLASS,
    (token: string, negated?: string, posix?: string, hex?: string, escaped?: string) => {
      if (posix !== undefined) return posixClass(posix, negated === '^');
      if (hex !== undefined) return hexEscape(hex);
      if (escaped !== undefined && /[Az]/.test(escaped))
        throw new Error(`\\${escaped} is not supported in brackets`);
      if (blanks && escaped === 's') return BLANKS;
      if (blanks && escaped === 'S') return NO_BLANKS;
      return supported(token);
    },
  );
}

function supported(token: string): string {
  if (/^\\[aCpPQE]/.test(token)) throw new Error(`${token} is not supported`);
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
