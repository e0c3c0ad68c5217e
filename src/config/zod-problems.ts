import type { z } from 'zod';
import { describeIssue, describeUnion } from './describe-issue.ts';
import type { Locate } from './locate.ts';
import { suggestion } from './nearest.ts';
import { notYet } from './not-yet.ts';
import { short } from './printable.ts';
import type { Problem, ProblemCode } from './problem.ts';
import type { Source } from './source.ts';

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
    const known = objects.get(valueAt(raw, issue.path)) ?? { keys: [], later: [] };
    return issue.keys.map((key) => unknownKey([...issue.path, key], known));
  });
  const others = issues
    .filter(
      (issue) =>
        issue.code !== 'unrecognized_keys' && !unknown.some(({ meant }) => samePath(meant, issue.path)),
    )
    .map((issue) => describe(issue, raw));
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
}

function knownKeysOf(schema: z.ZodObject): KnownKeys {
  return { keys: Object.keys(schema.def.shape), later: notYet.get(schema)?.keys ?? [] };
}

/** `meant` is the path of the known key that was most likely misspelt: that it is missing need not be said too. */
function unknownKey(path: Path, { keys, later }: KnownKeys): Finding & { readonly meant: Path | undefined } {
  const key = String(path.at(-1));
  if (later.includes(key)) {
    return {
      path,
      target: 'key',
      code: 'not-supported',
      message: `\`${key}\` is not supported yet`,
      meant: undefined,
    };
  }
  const hint = suggestion(key, keys, 'the known keys are');
  const near = /^did you mean `(.*)`\?$/.exec(hint ?? '')?.[1];
  const meant = near === undefined ? undefined : [...path.slice(0, -1), near];
  return { path, target: 'key', code: 'unknown-key', message: `unknown key \`${short(key)}\``, hint, meant };
}

function describe(issue: Issue, raw: unknown): Finding {
  const { path } = issue;
  const params = issue.code === 'custom' ? issue.params : undefined;
  const input = valueAt(raw, path);
  const isMissing = issue.code === 'invalid_type' && input === undefined;
  const isType = issue.code === 'invalid_type' || issue.code === 'invalid_union';
  const code =
    (params?.['problem'] as ProblemCode | undefined) ??
    (isMissing ? 'missing-key' : isType ? 'wrong-type' : 'wrong-value');
  const target = params?.['target'] === 'key' || issue.code === 'invalid_key' ? 'key' : 'value';
  return { path, target, code, message: `${subjectOf(path)} ${issue.message}`, hint: hintFor(issue, input) };
}

function hintFor(issue: Issue, input: unknown): string | undefined {
  if (issue.code === 'invalid_value' && typeof input === 'string') {
    const hint = suggestion(input, issue.values.map(String), '');
    return hint?.startsWith('did') ? hint : undefined;
  }
  const isText =
    issue.code === 'invalid_type' && issue.expected === 'string' && /must be text/.test(issue.message);
  return isText && (typeof input === 'number' || typeof input === 'boolean') ? 'put it in quotes' : undefined;
}

/** `converge[0].puppet.manifest`, in backquotes; keys that are no plain words in quotes. */
export function subjectOf(path: Path): string {
  if (path.length === 0) return 'the file';
  const text = path.map((segment, index) => {
    if (typeof segment === 'number') return `[${segment}]`;
    const key = String(segment);
    const shown = /^[\w-]+$/.test(key) ? key : JSON.stringify(short(key));
    return index === 0 ? shown : `.${shown}`;
  });
  return `\`${text.join('')}\``;
}

/** The issues of the one branch of a union that the value was meant for; or what all branches wanted. */
function withoutUnions(issue: Issue, raw: unknown): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.filter((branch) => !branch.some(isWrongType));
  const [branch] = meant;
  if (branch !== undefined && meant.length === 1) {
    return branch.flatMap((inner) =>
      withoutUnions({ ...inner, path: [...issue.path, ...inner.path] } as Issue, raw),
    );
  }
  const input = valueAt(raw, issue.path);
  const own = issue.errors
    .flat()
    .find((inner) => isWrongType(inner) && inner.code === 'invalid_type' && !isOurs(inner, input));
  return [{ ...issue, message: own?.message ?? describeUnion(issue.errors.flatMap(expectedOf), input) }];
}

/** Whether a message is the general one, and not what the schema itself says of such a value. */
function isOurs(issue: Issue, input: unknown): boolean {
  return issue.message === describeIssue({ ...issue, input } as z.core.$ZodRawIssue);
}

function isWrongType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  return (
    issue.code === 'invalid_type' ||
    (issue.code === 'invalid_union' && issue.errors.every((branch) => branch.some(isWrongType)))
  );
}

function expectedOf(branch: readonly Issue[]): string[] {
  return branch.flatMap((issue) => {
    if (issue.path.length > 0) return [];
    if (issue.code === 'invalid_type') return [issue.expected];
    return issue.code === 'invalid_union' ? issue.errors.flatMap(expectedOf) : [];
  });
}

function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    const isInside = value !== null && typeof value === 'object' && Object.hasOwn(value, key);
    return isInside ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }, raw);
}

function samePath(a: Path | undefined, b: Path): boolean {
  return a !== undefined && a.length === b.length && a.every((segment, index) => segment === b[index]);
}
