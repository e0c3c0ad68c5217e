import type { z } from 'zod';
import { listed } from './exactly-one.ts';
import { short } from './printable.ts';

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** Says what is wrong with a value, to be read after its path: `must be text, but is the number 60`. */
export function describeIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return unlike(EXPECTED[issue.expected] ?? issue.expected, issue.input);
    case 'invalid_value':
      return unlike(listed(issue.values.map(String), 'or'), issue.input);
    case 'too_small':
      return typeof issue.minimum === 'number' && (issue.origin === 'number' || issue.origin === 'int')
        ? `must be at least ${issue.minimum}`
        : 'is too short';
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at most ${issue.maximum}`
        : 'is too long';
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'is not a key that is allowed here';
    default:
      return 'is not valid';
  }
}

/** What a union wanted, from what each of its branches wanted. */
export function describeUnion(expected: readonly string[], input: unknown): string {
  const words = [
    ...new Set(expected.map((name) => (name === 'object' ? 'a matcher' : (EXPECTED[name] ?? name)))),
  ];
  const last = words.pop() ?? '';
  return unlike(words.length === 0 ? last : `${words.join(', ')} or ${last}`, input);
}

function unlike(wanted: string, input: unknown): string {
  if (input === undefined) return 'is missing';
  if (input === null) return `has no value, but must be ${wanted}`;
  return `must be ${wanted}, but is ${shown(input)}`;
}

function shown(input: unknown): string {
  if (typeof input === 'string') return `the text \`${short(input)}\``;
  if (typeof input === 'number') return `the number ${input}`;
  if (typeof input === 'boolean') return `${input}`;
  return Array.isArray(input) ? 'a list' : 'a map';
}
