import { plainScalar, type SopsScalar } from './sops-scalar.ts';

/** What may stand bare: words that no YAML takes for anything but text. */
const BARE = /^[A-Za-z0-9_/^][A-Za-z0-9_./+@%^=$\\: -]*$/;
/** Text to YAML 1.2, but something else to readers of YAML 1.1; to some of them `e5` is a number without digits. */
const OLD_WORDS = /^(?:y|n|yes|no|on|off|=|e[-+]?\d+|\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?)$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const TO_ESCAPE = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]/g;
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
};

/** Text as a YAML scalar on one line, bare where no reader could take it for anything else. */
export function scalarText(text: string): string {
  const plain = plainScalar(text);
  const isBare =
    BARE.test(text) &&
    !/: | $|:$/.test(text) &&
    !OLD_WORDS.test(text) &&
    typeof plain === 'object' &&
    plain.type === 'str';
  return isBare ? text : quoted(text);
}

function quoted(text: string): string {
  // Both halves of a pair are needed by the character, none is an escaped1 that YAML knows.
  const escaped = text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\s\S]/g, (character) =>
    character.length === 1 ? character.replace(TO_ESCAPE, escapeOf) : character,
  );
  return `"${escaped}"`;
}

function escapeOf(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A value for people to edit: text of several lines as a block below its key, indented by `indent` columns, where one may stand. */
export function editableText({ type, text }: SopsScalar, indent?: number): string {
  switch (type) {
    case 'bool':
      return text.toLowerCase();
    case 'float':
      return floatLiteral(text);
    case 'int':
    case 'time':
      return text;
    default:
      return (indent === undefined ? undefined : blockText(text, indent)) ?? scalarText(text);
  }
}

function floatLiteral(text: string): string {
  if (text === 'NaN') return '.nan';
  if (text.endsWith('Inf')) return `${text.startsWith('-') ? '-' : ''}.inf`;
  return text.includes('.') ? text : `${text}.0`;
}

/** A literal block, where one gives back the very same text. */
function blockText(text: string, indent: number): string | undefined {
  const isFit = /^\S[\s\S]*\S\n?$/.test(text) && text.slice(0, -1).includes('\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!isFit || /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[ \t]\n/.test(text))
    return undefined;
  const lines = text.replace(/\n$/, '').split('\n');
  const margin = ' '.repeat(indent);
  const body = lines.map((line) => (line === '' ? '' : margin + line)).join('\n');
  return `|${text.endsWith('\n') ? '' : '-'}\n${body}`;
}

/** A change of a text: what is from `start` to `end` becomes `text`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Makes several changes, which do not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let done = '';
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) throw new Error('two changes of a text overlap');
    done += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return done + text.slice(at);
}
