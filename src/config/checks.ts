import { z } from 'zod';
import { CHECK_KINDS } from './check-kinds.ts';
import { always, hasUnknownKey, listed } from './exactly-one.ts';
import { notYet } from './not-yet.ts';
import { ownProbeSchema } from './settings.ts';
import { text } from './text.ts';
import { workspacePath } from './workspace-path.ts';

const described = {
  title: z.string().exactOptional(),
  meta: z.record(z.string(), z.unknown()).exactOptional(),
  skip: z.boolean().exactOptional(),
};

const common = { ...described, probe: ownProbeSchema.exactOptional() };

type Kinds = typeof CHECK_KINDS;
type AttributesOf<K extends keyof Kinds> = Kinds[K]['attributes'] extends infer A extends z.core.$ZodShape
  ? A
  : never;
type CheckOf<K extends keyof Kinds> = z.ZodObject<AttributesOf<K> & typeof common, z.core.$strict>;
type ChecksShape = { [K in keyof Kinds]: z.ZodExactOptional<z.ZodRecord<z.ZodString, CheckOf<K>>> };

/** One record of named checks for each kind, made from the table; the types cannot follow the loop. */
const shape = Object.fromEntries(
  Object.keys(CHECK_KINDS).map((kind) => [kind, namedChecks(kind as keyof Kinds).exactOptional()]),
) as unknown as ChecksShape;

const include = z.strictObject({
  ...described,
  file: text.exactOptional().describe('The file or a pattern of files; the key is, when it is left out.'),
});

const gossfile = z
  .record(text, include)
  .exactOptional()
  .describe(
    'Files of checks that belong to these, or patterns of them, relative to the file that names them.',
  );

/** A goss file: kind, then name, then attributes. */
export const gossFileSchema = z.strictObject({ ...shape, gossfile }).meta({
  title: 'Goss file',
  description: 'Checks in the vocabulary of goss.',
});

/** A template's checks in goss's vocabulary, and the files that hold more of them. */
export const checksSchema = z
  .strictObject({
    ...shape,
    gossfile,
    goss: workspacePath.exactOptional().describe('A goss file whose checks are taken as they are.'),
  })
  .meta({
    description: 'What must hold in the image and in every instance of it, in the vocabulary of goss.',
  })
  .register(notYet, { keys: ['vars'], says: 'is not supported, as Go templates are not' });

/** Checks as they are written; those of other files are not in them. */
export type WrittenChecks = z.output<typeof gossFileSchema>;

/** All checks, those of included files among them: kind, then name, then attributes. */
export type Checks = Omit<WrittenChecks, 'gossfile'>;

interface Entry {
  readonly subject: string;
  readonly attributes: Readonly<Record<string, z.ZodType>>;
  readonly renamed?: Readonly<Record<string, string>>;
  readonly anyOf?: readonly string[];
  readonly refuse?: (name: string, check: Readonly<Record<string, unknown>>) => string | undefined;
}

function namedChecks(kind: keyof Kinds) {
  const { subject, attributes, renamed = {}, anyOf = [], refuse }: Entry = CHECK_KINDS[kind];
  const check = z
    .strictObject({ ...attributes, ...common })
    .superRefine((value, context) => {
      if (anyOf.length === 0 || hasUnknownKey(context)) return;
      const former = Object.keys(renamed).filter((name) => anyOf.includes(renamed[name] ?? ''));
      if ([...anyOf, ...former].some((attribute) => Object.hasOwn(value, attribute))) return;
      context.addIssue({ code: 'custom', message: `checks nothing: add ${listed(anyOf, 'or')}` });
    })
    .transform((value) => withNewNames(value, renamed));
  return z.record(z.string(), check).superRefine((checks, context) => {
    // It runs even when a check is no map at all.
    for (const [name, value] of Object.entries<object | undefined>(checks)) {
      const message = refuse?.(name, Object(value));
      if (message !== undefined)
        context.addIssue({ code: 'custom', path: [name], message, params: { target: 'key' } });
      if (Object.hasOwn(Object(value), subject)) continue;
      const wrong = attributes[subject]?.safeParse(name).error?.issues[0];
      if (wrong === undefined) continue;
      context.addIssue({ code: 'custom', path: [name], message: wrong.message, params: { target: 'key' } });
    }
  }, always);
}

/** What goss still takes by an old name is read by its new one, which wins where both are there. */
function withNewNames(check: object, renamed: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(check).flatMap(([name, value]) => {
      const now = renamed[name];
      if (now === undefined) return [[name, value]];
      return Object.hasOwn(check, now) ? [] : [[now, value]];
    }),
  );
}
