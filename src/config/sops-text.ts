import { type Document, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { Fault } from '../core/fault.ts';
import { createLocate } from './locate.ts';
import { tooDeepAt } from './nesting.ts';
import { printable } from './printable.ts';
import { findComments, type SopsComment } from './sops-comments.ts';
import { syntaxMessage, wrongIn } from './sops-messages.ts';
import { metadataOf, metadataSchema, type SopsMetadata } from './sops-metadata.ts';
import { endOf, lineEnd, lineStart, startOf } from './sops-positions.ts';
import { type SopsLeaf, type SopsMap, walkNodes, writtenValue } from './sops-walk.ts';
import { type Position, sourceOf } from './source.ts';
import { checkSchema } from './zod-problems.ts';

/** A part of a text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A SOPS file's text, encrypted or not, and where everything is in it. */
export interface SopsText {
  readonly text: string;
  /** All values but those of `sops:`, in the order of the text. */
  readonly leaves: readonly SopsLeaf[];
  /** All comments but those in `sops:`. */
  readonly comments: readonly SopsComment[];
  readonly maps: readonly SopsMap[];
  /** Whole lines of each top-level key, with what is below it; in order. */
  readonly blocks: ReadonlyMap<string, TextRange>;
  /** Absent in a file that is not encrypted. */
  readonly metadata: SopsMetadata | undefined;
  /** Where a value of `sops:` is written. */
  rangeOf(key: 'mac' | 'lastmodified'): TextRange | undefined;
  positionAt(offset: number): Position;
  /** `SECRETS_INVALID` with file, line and column; never with what is written there. */
  faultAt(offset: number, message: string, hint?: string): Fault;
}

/** The key of SOPS's own block. */
export const SOPS_KEY = 'sops';
const MOST_BYTES = 1024 * 1024;
/** Line breaks to one YAML reader and not to another, and characters that none reads. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ODD = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\r(?!\n)/;

/**
 * Reads a SOPS file; `shown` is its path for messages. What SOPS itself would read otherwise than it looks, or expand,
 * is refused: aliases, tags, several documents, keys that are no text.
 */
export function parseSopsText(shown: string, bytes: Uint8Array): SopsText {
  const source = sourceIn(shown, bytes);
  const { text } = source;
  const faultAt = (offset: number, message: string, hint?: string) => {
    const { line, column } = source.positionAt(offset);
    return new Fault(
      'SECRETS_INVALID',
      `${printable(shown)}:${line}:${column}: ${message}`,
      hint === undefined ? {} : { hint },
    );
  };
  const odd = text.search(ODD);
  if (odd !== -1)
    throw faultAt(odd, 'a control character stands here', 'Write it as an escape in double quotes.');
  const deep = tooDeepAt(text);
  if (deep !== -1) throw faultAt(deep, 'this nests deeper than any file of secrets needs');
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false, logLevel: 'error' });
  for (const error of [...document.errors, ...document.warnings])
    throw faultAt(error.pos[0], syntaxMessage(error));
  if (document.directives?.docEnd === true)
    throw faultAt(0, 'the document ends with `...`', 'Remove that line.');
  const root = rootOf(document, faultAt);
  const { leaves, maps, entries } = walkNodes(text, root, faultAt);
  const blocks = new Map(
    (root?.items ?? []).map(({ key, value }) => [
      String((key as { value: unknown }).value),
      {
        start: lineStart(text, startOf(key)),
        end: lineEnd(text, Math.max(endOf(text, key), endOf(text, value))),
      },
    ]),
  );
  const own = blocks.get(SOPS_KEY);
  const isOwn = (offset: number) => own !== undefined && offset >= own.start && offset < own.end;
  const comments = findComments(text, entries).filter(({ start }) => !isOwn(start));
  const locate = createLocate(root, new Map());

  function metadata(): SopsMetadata | undefined {
    if (own === undefined) return undefined;
    const checked = checkSchema(
      metadataSchema,
      writtenValue(root?.get(SOPS_KEY, true)),
      source,
      (path, target) => locate([SOPS_KEY, ...path], target),
    );
    if ('value' in checked) return metadataOf(checked.value);
    const [problem] = checked.problems;
    if (problem === undefined) throw new Error('a schema that does not accept has a problem');
    const { line, column } = problem;
    throw new Fault(
      'SECRETS_INVALID',
      `${printable(shown)}:${line}:${column}: in the block \`sops\`, ${wrongIn(problem)}`,
    );
  }

  return {
    text,
    leaves: leaves.filter(({ path }) => path[0] !== SOPS_KEY),
    comments,
    maps: maps.filter(({ path }) => path[0] !== SOPS_KEY),
    blocks,
    get metadata() {
      return metadata();
    },
    rangeOf: (key) => leaves.find(({ path }) => path.length === 2 && path[0] === SOPS_KEY && path[1] === key),
    positionAt: source.positionAt,
    faultAt,
  };
}

function sourceIn(shown: string, bytes: Uint8Array) {
  const not = (message: string) => new Fault('SECRETS_INVALID', `${printable(shown)} ${message}`);
  if (bytes.length > MOST_BYTES) throw not('is larger than 1 MiB, which no file of secrets needs');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) throw not('starts with a byte order mark');
  try {
    return sourceOf(shown, bytes);
  } catch {
    throw not('is not UTF-8 text');
  }
}

function rootOf(document: Document.Parsed, faultAt: SopsText['faultAt']): YAMLMap | null {
  const root = document.contents;
  if (root === null || (isScalar(root) && root.source === '' && root.type === 'PLAIN')) return null;
  if (!isMap(root)) throw faultAt(root.range?.[0] ?? 0, 'a file of secrets is a map: `name: value`');
  if (root.flow === true && root.items.length > 0)
    throw faultAt(startOf(root), 'write one key a line, without braces around them');
  return root;
}
