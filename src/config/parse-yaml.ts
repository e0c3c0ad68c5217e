import { type Document, isScalar, parseDocument, type YAMLError } from 'yaml';
import { inspectNodes } from './inspect-nodes.ts';
import { createLocate, type Locate } from './locate.ts';
import { tooDeepAt } from './nesting.ts';
import type { Problem } from './problem.ts';
import type { Source } from './source.ts';

/** How often an alias may multiply what it stands for; the yaml library's own default. */
const MOST_ALIASES = 100;
/** After so many the rest follows from the first. */
const MOST_SYNTAX_PROBLEMS = 10;

export interface ParsedYaml {
  readonly problems: readonly Problem[];
  /** The plain value; nothing when the text cannot be read at all. */
  readonly content: { readonly raw: unknown; readonly locate: Locate } | undefined;
}

/** Reads one YAML document; what is wrong with it is told, never thrown. */
export function parseYaml(source: Source): ParsedYaml {
  const deep = tooDeepAt(source.text);
  if (deep !== -1) return failed(syntax(source, deep, 'this nests deeper than any configuration needs'));
  const options = { prettyErrors: false, logLevel: 'error', uniqueKeys: false, stringKeys: false } as const;
  const document = parseDocument(source.text, options);
  if (document.errors.length > 0) return failed(...syntaxProblems(source, document.errors));
  if (isEmpty(document)) {
    return failed(source.problemAt(0, { code: 'empty-file', message: 'the file is empty' }));
  }
  const { problems, anchors, isSound } = inspectNodes(source, document);
  problems.push(...document.warnings.map((warning) => syntaxProblem(source, warning)));
  if (!isSound) return failed(...problems);
  const value = toPlain(source, document);
  if (value.problem !== undefined) return failed(...problems, value.problem);
  return { problems, content: { raw: value.raw, locate: createLocate(document.contents, anchors) } };
}

function failed(...problems: Problem[]): ParsedYaml {
  return { problems, content: undefined };
}

function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function toPlain(source: Source, document: Document.Parsed): { raw?: unknown; problem?: Problem } {
  try {
    return { raw: document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const alias = source.text.search(/(?<=[\s,[{:-])\*/);
    return {
      problem: syntax(source, Math.max(alias, 0), 'the aliases in this file multiply beyond measure'),
    };
  }
}

/** The first error of each line, as the others on it follow from it. */
function syntaxProblems(source: Source, errors: readonly YAMLError[]): Problem[] {
  const byLine = new Map<number, Problem>();
  for (const error of errors) {
    const problem = syntaxProblem(source, error);
    if (!byLine.has(problem.line)) byLine.set(problem.line, problem);
    if (byLine.size === MOST_SYNTAX_PROBLEMS) break;
  }
  return [...byLine.values()];
}

function syntaxProblem(source: Source, { code, message, pos }: YAMLError): Problem {
  switch (code) {
    case 'TAB_AS_INDENT':
      return syntax(source, pos[0], 'a tab indents this line', 'YAML is indented with spaces only');
    case 'MULTIPLE_DOCS':
      return syntax(source, pos[0], 'a second document starts here', 'a file holds one document');
    default:
      return syntax(source, pos[0], `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`);
  }
}

function syntax(source: Source, offset: number, message: string, hint?: string): Problem {
  return source.problemAt(offset, { code: 'yaml-syntax', message, hint });
}
