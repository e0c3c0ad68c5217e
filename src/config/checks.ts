import { z } from 'zod';
import { CHECK_KINDS, LATER_KINDS } from './check-kinds.ts';
import { always, hasUnknownKey, listed } from './exactly-one.ts';
import { notYet } from './not-yet.ts';
import { ownProbeSchema } from './settings.ts';

const common = {
  title: z.string().exactOptional(),
  meta: z.record(z.string(), z.unknown()).exactOptional(),
  skip: z.boolean().exactOptional(),
  probe: ownProbeSchema.exactOptional(),
};

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

/** A template's checks in goss's vocabulary: kind, then name, then attributes. */
export const checksSchema = z
  .strictObject(shape)
  .meta({
    description: 'What must hold in the image and in every instance of it, in the vocabulary of goss.',
  })
  .register(notYet, { keys: LATER_KINDS });

export type Checks = z.output<typeof checksSchema>;

interface Entry {
  readonly subject: string;
  readonly attributes: Readonly<Record<string, z.ZodType>>;
  readonly later?: readonly string[];
  readonly anyOf?: readonly string[];
}

function namedChecks(kind: keyof Kinds) {
  const { subject, attributes, later = [], anyOf = [] }: Entry = CHECK_KINDS[kind];
  const check = z
    .strictObject({ ...attributes, ...common })
    .superRefine((value, context) => {
      if (anyOf.length === 0 || hasUnknownKey(context)) return;
      if (anyOf.some((attribute) => Object.hasOwn(value, attribute))) return;
      context.addIssue({ code: 'custom', message: `checks nothing: add ${listed(anyOf, 'or')}` });
    })
    .register(notYet, { keys: later });
  return z.record(z.string(), check).superRefine((checks, context) => {
    // It runs even when a check is no map at all.
    for (const [name, value] of Object.entries<object | undefined>(checks)) {
      if (Object.hasOwn(Object(value), subject)) continue;
      const wrong = attributes[subject]?.safeParse(name).error?.issues[0];
      if (wrong === undefined) continue;
      context.addIssue({ code: 'custom', path: [name], message: wrong.message, params: { target: 'key' } });
    }
  }, always);
}
