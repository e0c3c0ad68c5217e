import type { z } from 'zod';

/** Runs a check on an object even when something else is wrong in it, so that all is said at once. */
export const always: z.core.$ZodSuperRefineParams = {
  when: ({ value }) => value !== null && typeof value === 'object',
};

/**
 * A refinement: exactly one of these keys is there.
 *
 * It stays silent when an unknown key was found beside them, as that is most likely the missing one misspelt.
 */
export function exactlyOneOf(keys: readonly string[], purpose: string) {
  return (value: object, context: z.core.$RefinementCtx): void => {
    if (hasUnknownKey(context)) return;
    const given = keys.filter((key) => Object.hasOwn(value, key));
    if (given.length === 1) return;
    const message =
      given.length === 0
        ? `needs one of ${listed(keys, 'or')}: ${purpose}`
        : `has ${listed(given, 'and')}, but takes only one of them: ${purpose}`;
    context.addIssue({ code: 'custom', message });
  };
}

/** Whether this very object has a key that its schema does not know. */
export function hasUnknownKey({ issues }: z.core.$RefinementCtx): boolean {
  return issues.some((issue) => issue.code === 'unrecognized_keys' && !issue.path?.length);
}

/** `a`, `b` or `c` */
export function listed(words: readonly string[], conjunction: 'or' | 'and'): string {
  const quoted = words.map((word) => `\`${word}\``);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} ${conjunction} ${last}`;
}
