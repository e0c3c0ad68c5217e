import type { z } from 'zod';
import { describeIssue } from './describe-issue.ts';
import type { Locate } from './locate.ts';
import { nearest, suggestion } from './nearest.ts';
import { notYet } from './not-yet.ts';
import { short } from './printable.ts';
import type { Problem, ProblemCode } from './problem.ts';
import type { Source } from './source.ts';
import { withoutUnions } from './unions.ts';
import { valueAt } from './value-at.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A value that a schema accepts, or every problem with its place in the source. */
export type Checked<T> = { readonly value: T } | { readonly problems: Problem[] };

/** Parses `raw`, which is what `source` says, perhaps with defaults below it. */
export function checkSchema<T>(
  schema: z.ZodType<T>,
  raw: unknown,
  source: Source,
  locate: Locate,
): Checked<T> {
  // Issues do not say which keys would have been known. The raw ones name the schema, and the input identifies them.
  const objects = new Map<unknown, KnownKeys>();
  const error = (issue: z.core.$ZodRawIssue): string => {
    if (issue.code === 'unrecognized_keys') objects.set(issue.input, knownKeysOf(issue.inst as z.ZodObject));
    return describeIssue(issue);
  };
  const result = schema.safeParse(raw, { error });
  if (result.success) return { value: result.data };

  const issues = result.error.issues.flatMap((issue) => withoutUnions(issue, raw));
  const unknown = issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [];
    const known = objects.get(valueAt(raw, issue.path)) ?? NO_KEYS;
    return issue.keys.map((key) => unknownKey([...issue.path, key], known));
  });
  const others = issues
    .filter(({ code }) => code !== 'unrecognized_keys')
    .map((issue) => describe(issue, raw))
    .filter(
      ({ code, path }) => code !== 'missing-key' || !unknown.some(({ meant }) => samePath(meant, path)),
    );
  return {
    problems: [...unknown, ...others].map(({ path, target, ...details }) =>
      source.problemAt(locate(path, target), details),
    ),
  };
}

interface Finding {
  readonly path: Path;
  readonly target: 'key' | 'value';
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

interface KnownKeys {
  readonly keys: readonly string[];
  readonly later: readonly string[];
  readonly says: string;
}

const NO_KEYS: KnownKeys = { keys: [], later: [], says: '' };

function knownKeysOf(schema: z.ZodObject): KnownKeys {
  const { keys: later = [], says = 'is not supported yet' } = notYet.get(schema) ?? {};
  return { keys: Object.keys(schema.def.shape), later, says };
}

/** `meant` is the path of the known key that was most likely misspelt: that it is missing need not be said too. */
function unknownKey(
  path: Path,
  { keys, later, says }: KnownKeys,
): Finding & { readonly meant: Path | undefined } {
  const key = String(path.at(-1));
  if (later.includes(key)) {
    return {
      path,
      target: 'key',
      code: 'not-supported',
      message: `\`${key}\` ${says}`,
      meant: undefined,
    };
  }
  const hint = suggestion(key, keys, 'the known keys are');
  const near = nearest(key, keys);
  const meant = near === undefined ? undefined : [...path.slice(0, -1), near];
  return { path, target: 'key', code: 'unknown-key', message: `unknown key \`${short(key)}\``, hint, meant };
}

function describe(issue: Issue, raw: unknown): Finding {
  const { path } = issue;
  const params = issue.code === 'custom' ? issue.params : undefined;
  const input = valueAt(raw, path);
  const isType = issue.code === 'invalid_type' || issue.code === 'invalid_union';
  const isMissing = isType && input === undefined;
  const code =
    (params?.['problem'] as ProblemCode | undefined) ??
    (isMissing ? 'missing-key' : isType ? 'wrong-type' : 'wrong-value');
  const target = params?.['target'] === 'key' || issue.code === 'invalid_key' ? 'key' : 'value';
  return { path, target, code, message: `${subjectOf(path)} ${issue.message}`, hint: hintFor(issue, input) };
}

function hintFor(issue: Issue, input: unknown): string | undefined {
  if (issue.code === 'invalid_value' && typeof input === 'string') {
    const near = nearest(input, issue.values.map(String));
    return near === undefined ? undefined : `did you mean \`${near}\`?`;
  }
  const isText =
    issue.code === 'invalid_type' && issue.expected === 'string' && /must be text/.test(issue.message);
  return isText && (typeof input === 'number' || typeof input === 'boolean') ? 'put it in quotes' : undefined;
}

/** `converge[0].puppet.manifest`, in backquotes; keys that are no plain words in quotes. */
function subjectOf(path: Path): string {
  if (path.length === 0) return 'the file';
  const text = path.map((segment, index) => {
    if (typeof segment === 'number') return `[${segment}]`;
    const key = String(segment);
    const shown = /^[\w-]+$/.test(key) ? key : JSON.stringify(short(key));
    return index === 0 ? shown : `.${shown}`;
  });
  return `\`${text.join('')}\``;
}

function samePath(a: Path | undefined, b: Path): boolean {
  return a !== undefined && a.length === b.length && a.every((segment, index) => segment === b[index]);
}
