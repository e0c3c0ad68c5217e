/** One matcher on one value: an expectation that holds, where this matcher can hold for such a value at all, and one that does not. */
export interface CheckCase {
  /** The matcher's name; `default` for a plain value. */
  readonly matcher: string;
  readonly good?: unknown;
  readonly bad: unknown;
}

/** Every matcher that goss v0.4.9 has. */
export const MATCHERS = [
  'default',
  'equal',
  'have-prefix',
  'have-suffix',
  'contain-substring',
  'match-regexp',
  'have-patterns',
  'have-len',
  'gt',
  'ge',
  'lt',
  'le',
  'contain-element',
  'contain-elements',
  'consist-of',
  'have-key',
  'gjson',
  'semver-constraint',
  'not',
  'and',
  'or',
] as const;

/** What holds for no boolean, number or text that is no JSON and no version. */
const NEVER: readonly CheckCase[] = [
  { matcher: 'have-key', bad: { 'have-key': 'a' } },
  { matcher: 'gjson', bad: { gjson: { a: 1 } } },
  { matcher: 'semver-constraint', bad: { 'semver-constraint': '>0.0.1' } },
];

const NO_NUMBER: readonly CheckCase[] = [
  { matcher: 'gt', bad: { gt: 0 } },
  { matcher: 'ge', bad: { ge: 0 } },
  { matcher: 'lt', bad: { lt: 1e9 } },
  { matcher: 'le', bad: { le: 1e9 } },
];

const NO_LIST: readonly CheckCase[] = [
  { matcher: 'contain-element', bad: { 'contain-element': { not: 'nothing' } } },
  { matcher: 'contain-elements', bad: { 'contain-elements': [{ not: 'nothing' }] } },
  { matcher: 'consist-of', bad: { 'consist-of': [{ not: 'nothing' }] } },
];

/** A value of which only its text is matched, by every matcher that does. */
function asText(value: string | number | boolean): CheckCase[] {
  const text = String(value);
  return [
    { matcher: 'have-prefix', good: { 'have-prefix': text.slice(0, 2) }, bad: { 'have-prefix': `${text}x` } },
    { matcher: 'have-suffix', good: { 'have-suffix': text.slice(-2) }, bad: { 'have-suffix': `x${text}` } },
    {
      matcher: 'contain-substring',
      good: { 'contain-substring': text.slice(0, -1) },
      bad: { 'contain-substring': `${text}${text}` },
    },
    {
      matcher: 'match-regexp',
      good: { 'match-regexp': `^\\Q${text}\\E$` },
      bad: { 'match-regexp': `^\\Q${text}\\E.$` },
    },
    {
      matcher: 'have-patterns',
      good: { 'have-patterns': [text.slice(1), '/^./', '!nothing'] },
      bad: { 'have-patterns': ['!/^./'] },
    },
    {
      matcher: 'and',
      good: { and: [{ equal: value }, { 'have-prefix': text.slice(0, 1) }] },
      bad: { and: [{ equal: value }, { not: { equal: value } }] },
    },
    {
      matcher: 'or',
      good: { or: [{ 'have-prefix': `${text}x` }, { equal: value }] },
      bad: { or: [{ 'have-prefix': `${text}x` }, { 'have-suffix': `x${text}` }] },
    },
    { matcher: 'not', good: { not: { 'have-prefix': `${text}x` } }, bad: { not: { equal: value } } },
  ];
}

/** Of a value that is true or false. */
export function truthCases(value: boolean): CheckCase[] {
  return [
    { matcher: 'default', good: value, bad: !value },
    { matcher: 'equal', good: { equal: value }, bad: { equal: String(value) } },
    ...asText(value),
    { matcher: 'have-len', bad: { 'have-len': String(value).length } },
    ...NO_NUMBER,
    ...NO_LIST,
    ...NEVER,
  ];
}

/** Of a whole number. */
export function numberCases(value: number): CheckCase[] {
  return [
    { matcher: 'default', good: value, bad: value + 1 },
    { matcher: 'equal', good: { equal: value }, bad: { equal: String(value) } },
    ...asText(value).map((one) =>
      one.matcher === 'contain-substring' ? { ...one, good: { 'contain-substring': `${value}` } } : one,
    ),
    { matcher: 'have-len', bad: { 'have-len': String(value).length } },
    { matcher: 'gt', good: { gt: value - 1 }, bad: { gt: value } },
    { matcher: 'ge', good: { ge: value }, bad: { ge: value + 1 } },
    { matcher: 'lt', good: { lt: value + 0.5 }, bad: { lt: value } },
    { matcher: 'le', good: { le: value }, bad: { le: value - 1 } },
    ...NO_LIST,
    ...NEVER,
  ];
}

/** Of a text in one line; `other` is another one that could be. */
export function textCases(value: string, other = `${value}x`): CheckCase[] {
  return [
    { matcher: 'default', good: value, bad: other },
    { matcher: 'equal', good: { equal: value }, bad: { equal: other } },
    ...asText(value),
    { matcher: 'have-len', good: { 'have-len': value.length }, bad: { 'have-len': value.length + 1 } },
    ...NO_NUMBER.map((one) => ({ ...one, bad: { and: [one.bad, { equal: other }] } })),
    {
      matcher: 'contain-element',
      good: { 'contain-element': value },
      bad: { 'contain-element': { 'have-len': value.length + 1 } },
    },
    {
      matcher: 'contain-elements',
      good: { 'contain-elements': [value] },
      bad: { 'contain-elements': [value, value] },
    },
    { matcher: 'consist-of', bad: { 'consist-of': [value] } },
    ...NEVER,
  ];
}

/** Of a text that is a number. */
export function numericTextCases(value: string): CheckCase[] {
  const number = Number(value);
  const numeric = ['gt', 'ge', 'lt', 'le', 'equal'];
  return [
    ...textCases(value).filter(({ matcher }) => !numeric.includes(matcher)),
    ...numberCases(number).filter(({ matcher }) => numeric.slice(0, 4).includes(matcher)),
    { matcher: 'default', good: number, bad: number + 1 },
    { matcher: 'equal', good: { equal: value }, bad: { equal: number } },
  ];
}

/** Of a list of two texts or more, all different. */
export function listCases(value: readonly string[]): CheckCase[] {
  const [first = ''] = value;
  const text = value.join('\n');
  return [
    { matcher: 'default', good: [first], bad: [first, first] },
    { matcher: 'equal', good: { equal: value }, bad: { equal: [...value].reverse().concat(first) } },
    ...asText(text).filter(({ matcher }) => !['and', 'or', 'not', 'have-patterns'].includes(matcher)),
    {
      matcher: 'have-patterns',
      good: { 'have-patterns': [...value, '!nothing'] },
      bad: { 'have-patterns': ['nothing'] },
    },
    { matcher: 'have-len', good: { 'have-len': value.length }, bad: { 'have-len': value.length + 1 } },
    {
      matcher: 'contain-element',
      good: { 'contain-element': first },
      bad: { 'contain-element': `${first}x` },
    },
    {
      matcher: 'contain-elements',
      good: { 'contain-elements': [{ 'have-prefix': first }] },
      bad: { 'contain-elements': [first, 'nothing'] },
    },
    {
      matcher: 'consist-of',
      good: { 'consist-of': [...value].reverse() },
      bad: { 'consist-of': [...value, first] },
    },
    {
      matcher: 'and',
      good: { and: [[first], { 'have-len': value.length }] },
      bad: { and: [[first], ['nothing']] },
    },
    { matcher: 'or', good: { or: [['nothing'], [first]] }, bad: { or: [['nothing'], { 'have-len': 99 }] } },
    { matcher: 'not', good: { not: ['nothing'] }, bad: { not: [first] } },
    ...NO_NUMBER,
    ...NEVER,
  ];
}

/** Of a text that is read line by line, of two lines or more. */
export function linesCases(value: string): CheckCase[] {
  const [first = '', second = ''] = value.split('\n');
  return [
    {
      matcher: 'default',
      good: [first, `/^\\Q${second}\\E$/`, '!nothing', '!/^nothing/'],
      bad: [first, `!/^\\Q${second}\\E/`],
    },
    ...textCases(value).filter(
      ({ matcher }) => !['default', 'have-patterns', 'contain-element', 'contain-elements'].includes(matcher),
    ),
    {
      matcher: 'have-patterns',
      good: { 'have-patterns': [second] },
      bad: { 'have-patterns': [`!${second}`] },
    },
    {
      matcher: 'contain-element',
      good: { 'contain-element': second },
      bad: { 'contain-element': `${first}${second}` },
    },
    {
      matcher: 'contain-elements',
      good: { 'contain-elements': [second, { 'have-prefix': first }] },
      bad: { 'contain-elements': [first, first] },
    },
  ];
}

/** Of a list of versions of the form 1.2.3. */
export function versionsCases(value: readonly string[]): CheckCase[] {
  return [
    ...listCases(value).filter(({ matcher }) => matcher !== 'semver-constraint'),
    {
      matcher: 'semver-constraint',
      good: { 'semver-constraint': '>=1.0.0 <2.0.0 || >9.0.0' },
      bad: { 'semver-constraint': `!=${value[0]}` },
    },
  ];
}

/** Of a map with the key `known`. */
export function mapCases(value: object): CheckCase[] {
  return [
    { matcher: 'equal', good: { equal: value }, bad: { equal: {} } },
    { matcher: 'have-key', good: { 'have-key': { 'have-prefix': 'kn' } }, bad: { 'have-key': 'unknown' } },
    {
      matcher: 'have-len',
      good: { 'have-len': Object.keys(value).length },
      bad: { 'have-len': Object.keys(value).length + 1 },
    },
    { matcher: 'not', good: { not: { 'have-key': 'unknown' } }, bad: { not: { 'have-key': 'known' } } },
  ];
}

/** Of a text that is JSON: `{"name":{"first":"Tom"},"tags":["a","b"],"n":3}`. */
export function jsonCases(): CheckCase[] {
  return [
    {
      matcher: 'gjson',
      good: {
        gjson: {
          'name.first': { 'have-prefix': 'To' },
          tags: ['b'],
          'tags.#': 2,
          'tags.1': 'b',
          n: { gt: 2 },
          '@this': { 'have-key': 'n' },
          'na*.first': 'Tom',
          'tags.#(=="b")': 'b',
        },
      },
      bad: { gjson: { 'name.last': { not: 'Tom' } } },
    },
    { matcher: 'not', good: { not: { gjson: { n: 4 } } }, bad: { not: { gjson: { missing: 1 } } } },
  ];
}
