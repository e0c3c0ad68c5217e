import { z } from 'zod';
import { gjsonPath } from '../core/gjson.ts';
import { goRegExp } from '../core/go-regexp.ts';
import { linePattern } from '../core/line-patterns.ts';
import { semverConstraint } from '../core/semver.ts';
import { always, exactlyOneOf } from './exactly-one.ts';

type Scalar = string | number | boolean;

/** What an attribute's value must be, in goss's words: a value, a list of patterns, or a matcher by name. */
export type Matcher = Scalar | Matcher[] | NamedMatcher;

/** Exactly one of goss's matchers. */
export interface NamedMatcher {
  equal?: unknown;
  'have-prefix'?: string;
  'have-suffix'?: string;
  'contain-substring'?: string;
  'match-regexp'?: string;
  'semver-constraint'?: string;
  'have-len'?: number;
  'have-patterns'?: string[];
  'have-key'?: Matcher;
  gjson?: Record<string, Matcher>;
  'contain-element'?: string | number | NamedMatcher;
  'contain-elements'?: Matcher[];
  'consist-of'?: Matcher[];
  gt?: number;
  ge?: number;
  lt?: number;
  le?: number;
  not?: Matcher;
  and?: Matcher[];
  or?: Matcher[];
}

/** A text that `read` takes; what it throws is the problem. */
function readBy(read: (text: string) => unknown, what: string) {
  return z.string().superRefine((text, context) => {
    try {
      read(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', message: `is no ${what} that can be used: ${reason}` });
    }
  });
}

const pattern = readBy(linePattern, 'pattern');
const regExp = readBy(goRegExp, 'pattern');
const constraint = readBy(semverConstraint, 'constraint');
const jsonPath = readBy(gjsonPath, 'path');

const nested: z.ZodType<Matcher> = z.lazy(() => matcher);
const named: z.ZodType<NamedMatcher> = z.lazy(() => namedMatcher);

/** What a machine shows, or JSON has: anything but nothing. */
export const anyValue = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.unknown()), z.record(z.string(), z.unknown())])
  .meta({ id: 'Value' });

const shape = {
  equal: anyValue.exactOptional(),
  'have-prefix': z.string().exactOptional(),
  'have-suffix': z.string().exactOptional(),
  'contain-substring': z.string().exactOptional(),
  'match-regexp': regExp.exactOptional(),
  'semver-constraint': constraint.exactOptional(),
  'have-len': z.int().min(0).exactOptional(),
  'have-patterns': z.array(pattern).exactOptional(),
  'have-key': nested.exactOptional(),
  gjson: z.record(jsonPath, nested).exactOptional(),
  'contain-element': z.union([z.string(), z.number(), named]).exactOptional(),
  'contain-elements': z.array(nested).exactOptional(),
  'consist-of': z.array(nested).exactOptional(),
  gt: z.number().exactOptional(),
  ge: z.number().exactOptional(),
  lt: z.number().exactOptional(),
  le: z.number().exactOptional(),
  not: nested.exactOptional(),
  and: z.array(nested).exactOptional(),
  or: z.array(nested).exactOptional(),
};

/** goss's matchers by name: `{ gt: 3 }`, `{ not: { have-prefix: x } }`. */
const namedMatcher: z.ZodType<NamedMatcher> = z
  .strictObject(shape)
  .superRefine(exactlyOneOf(Object.keys(shape), 'join several with `and`'), always)
  .meta({ id: 'NamedMatcher', minProperties: 1, maxProperties: 1 });

/** Any matcher. */
export const matcher: z.ZodType<Matcher> = z
  .union([z.string(), z.number(), z.boolean(), z.array(nested), namedMatcher])
  .meta({ id: 'Matcher' });

/** One value of this schema, or what a matcher says of it. */
export function matching<T extends z.ZodType>(value: T) {
  return z.union([value, namedMatcher]);
}

/** Attributes that are true or false. */
export const truth = matching(z.boolean());
/** Attributes that are whole numbers; goss takes them in quotes as well. */
export const whole = z.union([z.int(), z.string().regex(/^\d+$/, 'must be a whole number'), namedMatcher]);
/** Attributes that are one text. */
export const oneText = matching(z.string());
/** Attributes that are lists of texts: those that must be among them. */
export const texts = z.union([z.string(), z.array(oneText), namedMatcher]);
/** Attributes that are read line by line: goss's patterns `foo`, `!foo`, `/regexp/`, `!/regexp/`, each of which must hold. */
export const patterns = z.union([pattern, z.array(pattern), namedMatcher]);
