import { z } from 'zod';
import { isTakenVariable } from '../core/taken-variables.ts';
import { describeIssue } from './describe-issue.ts';
import { anyText } from './text.ts';

/** What a value of each type is; of numbers, those that JSON can carry without loss. */
const VALUES = {
  string: anyText,
  integer: z.int(),
  number: z.number(),
  boolean: z.boolean(),
  list: z.array(z.json()),
  map: z.record(z.string(), z.json()),
} as const;

/** The types of an environment's data. */
export type DataType = keyof typeof VALUES;

/** A value that an image wants to be told by its environment. */
export interface DataDeclaration {
  readonly type: DataType;
  /** Whether an environment without it is refused: so it is unless there is a default, or the template says otherwise. */
  readonly required: boolean;
  /** Of the declared type. */
  readonly default?: unknown;
  readonly description?: string;
}

/** A secret that an image wants to be given by its environment, as a file. */
export interface SecretDeclaration {
  readonly required: boolean;
  readonly description?: string;
}

const DATA_NAME = /^[a-z][a-z0-9_]*$/;
const DATA_NAME_RULE =
  'is not a name that data can have: lower-case letters, digits and `_`, with a letter first';
const SECRET_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const SECRET_NAME_RULE =
  'is not the name of a secret: it becomes a file name, of letters, digits, `_`, `.` and `-`, at most 200';

const dataName = z
  .string()
  .regex(DATA_NAME, DATA_NAME_RULE)
  .refine((name) => name !== 'lookup_options', 'is what Hiera calls its own options: choose another name')
  .refine((name) => !isTakenVariable(name.toUpperCase()), {
    error: ({ input }) =>
      `would be the variable ${String(input).toUpperCase()}, which has a meaning of its own: choose another name`,
  });

const secretName = z
  .string()
  .regex(SECRET_NAME, SECRET_NAME_RULE)
  .max(200, SECRET_NAME_RULE)
  .refine((name) => name !== 'sops', 'is what SOPS calls its own part of the file: choose another name')
  .refine(
    (name) => !name.endsWith('_unencrypted'),
    'ends with `_unencrypted`, which SOPS leaves readable: choose another name',
  );

const description = anyText.exactOptional().describe('What it is for, for people.');

const dataDeclaration = z
  .strictObject({
    type: z.enum(Object.keys(VALUES) as [DataType, ...DataType[]]).describe('What kind of value it is.'),
    required: z
      .boolean()
      .exactOptional()
      .describe('Whether an environment must have it; so it is unless there is a default.'),
    default: z.unknown().exactOptional().describe('The value where an environment has none.'),
    description,
  })
  .superRefine((declared, context) => {
    if (!('default' in declared)) return;
    const wrong = typeProblem(declared.type, declared.default);
    if (wrong !== undefined) context.addIssue({ code: 'custom', path: ['default'], message: wrong });
    if (declared.required !== true) return;
    const message = 'is true, but there is a default, so that it is never missing: leave one of them out';
    context.addIssue({ code: 'custom', path: ['required'], message });
  })
  .transform(
    ({ required, ...rest }): DataDeclaration => ({ ...rest, required: required ?? !('default' in rest) }),
  );

const secretDeclaration = z
  .strictObject({
    required: z.boolean().prefault(true).describe('Whether an environment must have it.'),
    description,
  })
  .nullable()
  .transform((declared): SecretDeclaration => declared ?? { required: true });

/** A template's `data:`, by name. */
export const dataSchema = z
  .record(dataName, dataDeclaration)
  .describe('What the image wants to be told by its environment; nothing else is handed in.');

/** A template's `secrets:`, by name. */
export const secretsSchema = z
  .record(secretName, secretDeclaration)
  .describe('The secrets that the image wants to be given by its environment.');

/** What is wrong with a value for a declared type, to be said after its name; nothing for a good one. */
function typeProblem(type: DataType, value: unknown): string | undefined {
  const issue = VALUES[type].safeParse(value, { error: describeIssue }).error?.issues[0];
  if (issue === undefined) return undefined;
  return issue.path.length === 0 ? issue.message : 'holds a value that JSON cannot carry';
}
