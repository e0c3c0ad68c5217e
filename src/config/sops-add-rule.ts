import { isMap, isScalar, isSeq, type Pair, parseDocument } from 'yaml';
import type { Fault } from '../core/fault.ts';
import { applyEdits, scalarText } from './sops-plain.ts';
import { endOf, lineEnd, lineStart, startOf } from './sops-positions.ts';
import { invalidRules } from './sops-rules.ts';
import { type Source, sourceOf } from './source.ts';

/** A rule for some files: the pattern of their paths and whom they are for. */
export interface NewRule {
  readonly pathRegex: string;
  readonly age: readonly string[];
  readonly pgp: readonly string[];
}

const MARGIN = '    ';

/**
 * A `.sops.yaml` with one rule more, all else untouched: before the rule of an index, or after all. `CONFIG_INVALID`
 * for one whose rules are written in brackets.
 */
export function withCreationRule(shown: string, before: Uint8Array, rule: NewRule, index?: number): string {
  const source = sourceOf(shown, before);
  const { text } = source;
  const root = parseDocument(text, { prettyErrors: false, logLevel: 'error' }).contents;
  const pair = isMap(root)
    ? root.items.find(({ key }) => isScalar(key) && key.value === 'creation_rules')
    : undefined;
  if (pair === undefined) return insert(text, text.length, `creation_rules:\n${ruleText(rule, MARGIN)}`);
  const rules = pair.value;
  if (isScalar(rules) && rules.value === null)
    return insert(text, lineEnd(text, startOf(pair.key)), ruleText(rule, MARGIN));
  if (!isSeq(rules) || rules.flow === true) throw braces(source, pair, shown);
  const margin = ' '.repeat(startOf(rules) - lineStart(text, startOf(rules)));
  const next = index === undefined ? undefined : rules.items[index];
  const at = next === undefined ? lineEnd(text, endOf(text, rules)) : beginOfRule(text, startOf(next));
  return insert(text, at, ruleText(rule, margin));
}

function insert(text: string, at: number, lines: string): string {
  const start = at === 0 || text[at - 1] === '\n' ? '' : '\n';
  return applyEdits(text, [{ start: at, end: at, text: start + lines }]);
}

function braces(source: Source, { key }: Pair, shown: string): Fault {
  const message = 'write the rules as a list with one `-` a line, so that one can be added';
  return invalidRules(shown, [source.problemAt(startOf(key), { code: 'not-supported', message })]);
}

/** The comments right above a rule belong to it. */
function beginOfRule(text: string, offset: number): number {
  let at = lineStart(text, offset);
  while (at > 0) {
    const above = lineStart(text, at - 1);
    if (!text.slice(above, at).trim().startsWith('#')) break;
    at = above;
  }
  return at;
}

function ruleText({ pathRegex, age, pgp }: NewRule, margin: string): string {
  const keys = [
    `path_regex: ${scalarText(pathRegex)}`,
    ...(age.length === 0 ? [] : [`age: ${scalarText(age.join(','))}`]),
    ...(pgp.length === 0 ? [] : [`pgp: ${scalarText(pgp.join(','))}`]),
  ];
  return keys.map((line, at) => `${margin}${at === 0 ? '- ' : '  '}${line}\n`).join('');
}
