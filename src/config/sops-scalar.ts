import { timestampOf } from './sops-timestamp.ts';

/** What a value of a SOPS file can be. */
export type SopsType = 'str' | 'int' | 'float' | 'bool' | 'time' | 'bytes';

/** A value in the text form in which SOPS encrypts it and counts it into the MAC: `True`, `1.5`, `42`. */
export interface SopsScalar {
  readonly type: SopsType;
  readonly text: string;
}

const TRUE = ['true', 'True', 'TRUE'];
const FALSE = ['false', 'False', 'FALSE'];
const NULL = ['', '~', 'null', 'Null', 'NULL'];
const NOT_A_NUMBER = ['.nan', '.NaN', '.NAN'];
const INFINITE = /^([+-]?)\.(?:inf|Inf|INF)$/;
const INTEGER = /^([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const [LEAST, MOST, MOST_UNSIGNED] = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 64n - 1n];

/**
 * What a plain scalar means to go-yaml, which SOPS reads with: undefined for null, `too large` for a whole number
 * that SOPS cannot hold. It is neither YAML 1.1 nor 1.2: `yes` is text, `0777` is 511 and `2001-01-01` is a time.
 * `resolve` of go.yaml.in/yaml/v3.
 */
export function plainScalar(source: string): SopsScalar | undefined | 'too large' {
  if (NULL.includes(source)) return undefined;
  if (TRUE.includes(source)) return { type: 'bool', text: 'True' };
  if (FALSE.includes(source)) return { type: 'bool', text: 'False' };
  if (NOT_A_NUMBER.includes(source)) return { type: 'float', text: 'NaN' };
  const infinite = INFINITE.exec(source);
  if (infinite !== null) return { type: 'float', text: infinite[1] === '-' ? '-Inf' : '+Inf' };
  if (/^[0-9+-]/.test(source)) return number(source);
  const isFraction = source.startsWith('.') && FLOAT.test(source) && Number.isFinite(Number(source));
  return isFraction ? { type: 'float', text: floatText(Number(source)) } : { type: 'str', text: source };
}

function number(source: string): SopsScalar | 'too large' {
  const time = timestampOf(source);
  if (time !== undefined) return { type: 'time', text: time };
  const plain = source.replaceAll('_', '');
  const whole = wholeNumber(plain);
  if (whole !== undefined && whole >= LEAST && whole <= MOST) return { type: 'int', text: String(whole) };
  if (whole !== undefined && whole > MOST && whole <= MOST_UNSIGNED && !plain.startsWith('+'))
    return 'too large';
  const isFloat = FLOAT.test(plain) && Number.isFinite(Number(plain));
  return isFloat ? { type: 'float', text: floatText(Number(plain)) } : { type: 'str', text: source };
}

function wholeNumber(plain: string): bigint | undefined {
  const [all, sign, hex, binary, octal, decimal] = INTEGER.exec(plain) ?? [];
  if (all === undefined) return undefined;
  const digits =
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : decimal;
  return sign === '-' ? -BigInt(digits ?? '0') : BigInt(digits ?? '0');
}

/** A number as Go's `strconv.FormatFloat(number, 'f', -1, 64)` writes it: the shortest digits, never an exponent. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [digits = '', exponent] = String(Math.abs(value)).split('e');
  if (exponent === undefined) return sign + digits;
  const [whole = '', fraction = ''] = digits.split('.');
  const point = whole.length + Number(exponent);
  const all = whole + fraction;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${all}`;
  return sign + (point >= all.length ? all.padEnd(point, '0') : `${all.slice(0, point)}.${all.slice(point)}`);
}

const TRUE_TEXTS = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE_TEXTS = ['0', 'f', 'F', 'false', 'FALSE', 'False'];
const SPECIAL_FLOATS: Readonly<Record<string, string>> = { NaN: 'NaN', '+Inf': '+Inf', '-Inf': '-Inf' };

/** The value that a decrypted text of a type is, as SOPS reads it; undefined when it is none. */
export function typedScalar(type: string, text: string): SopsScalar | undefined {
  switch (type) {
    case 'str':
    case 'bytes':
      return { type, text };
    case 'int': {
      const whole = /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
      return whole === undefined || whole < LEAST || whole > MOST ? undefined : { type, text: String(whole) };
    }
    case 'float': {
      const special = SPECIAL_FLOATS[text];
      if (special !== undefined) return { type, text: special };
      return FLOAT.test(text) ? { type, text: floatText(Number(text)) } : undefined;
    }
    case 'bool':
      if (TRUE_TEXTS.includes(text)) return { type, text: 'True' };
      return FALSE_TEXTS.includes(text) ? { type, text: 'False' } : undefined;
    case 'time': {
      const time = timestampOf(text);
      return time === undefined ? undefined : { type, text: time };
    }
    default:
      return undefined;
  }
}
