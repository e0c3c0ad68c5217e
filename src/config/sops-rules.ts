import { z } from 'zod';
import { Fault } from '../core/fault.ts';
import { goRegExp } from '../core/go-regexp.ts';
import { parseYaml } from './parse-yaml.ts';
import type { Problem } from './problem.ts';
import { renderProblem } from './render-problem.ts';
import { RULE_KEYS, SERVICE_KEYS, type SopsRule } from './sops-metadata.ts';
import { sourceOf } from './source.ts';
import { checkSchema } from './zod-problems.ts';

/** What a rule of a `.sops.yaml` says of the files that it is for. */
export interface CreationRule {
  /** Its place among the rules, from 0. */
  readonly index: number;
  /** Go's syntax; a rule without one is for every file. */
  readonly pathRegex: string | undefined;
  /** As they are written, with the line of each. */
  readonly recipients: readonly { readonly text: string; readonly kind: 'age' | 'pgp' }[];
  /** Which values are encrypted; absent for SOPS's default. */
  readonly rule: SopsRule | undefined;
  /** `.sops.yaml:3` */
  readonly where: string;
}

const list = z
  .union([z.string(), z.array(z.string())])
  .nullable()
  .exactOptional();
const anything = z.unknown().exactOptional();
const keyGroup = z.looseObject({ age: list, pgp: list });
const ruleSchema = z.looseObject({
  path_regex: z.string().refine(isGoRegExp, 'is not a regular expression that is supported').exactOptional(),
  age: list,
  pgp: list,
  key_groups: z.array(keyGroup).nullable().exactOptional(),
  mac_only_encrypted: z.boolean().exactOptional(),
  shamir_threshold: anything,
  ...Object.fromEntries(RULE_KEYS.map((key) => [key, z.string().exactOptional()])),
});
const fileSchema = z.looseObject({ creation_rules: z.array(ruleSchema).nullable().exactOptional() });

/** In the order of SOPS's documentation: what cannot be done without. */
const SERVICES = [...SERVICE_KEYS, 'gcp_kms', 'azure_keyvault', 'hc_vault_transit_uri', 'aws_profile'];

/**
 * The first rule of a `.sops.yaml` that is for a file, named relative to it; undefined when none is. `CONFIG_INVALID`,
 * with the place, for what cannot be read, and for a rule that asks for what is not supported.
 */
export function creationRuleFor(
  shown: string,
  bytes: Uint8Array,
  relative: string,
): CreationRule | undefined {
  const source = sourceOf(shown, bytes);
  const { content, problems } = parseYaml(source);
  if (content === undefined) {
    if (problems.every(({ code }) => code === 'empty-file')) return undefined;
    throw invalidRules(shown, problems);
  }
  const checked = checkSchema(fileSchema, content.raw, source, content.locate);
  if ('problems' in checked) throw invalidRules(shown, checked.problems);
  const rules = checked.value.creation_rules ?? [];
  const index = rules.findIndex(
    ({ path_regex }) => path_regex === undefined || path_regex === '' || goRegExp(path_regex).test(relative),
  );
  const rule = rules[index];
  if (rule === undefined) return undefined;
  const refuse = (key: string, message: string) =>
    invalidRules(shown, [
      source.problemAt(content.locate(['creation_rules', index, key], 'key'), {
        code: 'not-supported',
        message,
      }),
    ]);
  const service = SERVICES.find((key) => isFilled(rule[key]));
  if (service !== undefined)
    throw refuse(service, `\`${service}\` is not supported: only age and pgp recipients are`);
  if (rule.mac_only_encrypted === true)
    throw refuse('mac_only_encrypted', '`mac_only_encrypted` is not supported');
  const groups = rule.key_groups ?? [];
  if (groups.length > 1) throw refuse('key_groups', 'more than one key group is not supported');
  const group = groups[0];
  const strange =
    group === undefined ? undefined : Object.keys(group).find((key) => !['age', 'pgp'].includes(key));
  if (strange !== undefined) throw refuse('key_groups', `\`${strange}\` in a key group is not supported`);
  const own = group ?? rule;
  const where = source.positionAt(
    content.locate(['creation_rules', index, ...(group === undefined ? ['age'] : ['key_groups'])], 'key'),
  );
  const ways = RULE_KEYS.flatMap((key) => {
    const text = rule[key];
    return typeof text === 'string' && text !== '' ? [{ key, text }] : [];
  });
  if (ways.length > 1)
    throw refuse(ways[1]?.key ?? '', `a rule has only one of ${ways.map(({ key }) => key).join(', ')}`);
  return {
    index,
    pathRegex: rule.path_regex,
    recipients: [
      ...words(own.age).map((text) => ({ kind: 'age' as const, text })),
      ...words(own.pgp).map((text) => ({ kind: 'pgp' as const, text })),
    ],
    rule: ways[0],
    where: `${shown}:${where.line}`,
  };
}

function isGoRegExp(pattern: string): boolean {
  try {
    goRegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== '';
}

function words(value: string | string[] | null | undefined): string[] {
  const parts = Array.isArray(value) ? value : (value ?? '').split(',');
  return parts
    .flatMap((part) => part.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `CONFIG_INVALID` with each problem and its place. */
export function invalidRules(shown: string, problems: readonly Problem[]): Fault {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new Fault('CONFIG_INVALID', `${count} in ${shown}`, { details: problems.flatMap(renderProblem) });
}
