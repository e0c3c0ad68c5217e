import { z } from 'zod';

/** Text without the NUL that no argument, variable or path can carry. */
export const anyText = z
  .string()
  .refine((value) => !value.includes('\0'), 'must not contain a NUL character');

/** The same with something in it. */
export const text = anyText.min(1, 'must not be empty');

/** Text that a machine takes as an absolute path. */
export const absolutePath = text.regex(/^\//, 'must be an absolute path, which starts with /');

const NAME = /^[a-z0-9]+(?:-+[a-z0-9]+)*$/;
const NAME_RULE =
  'is not a name: names become image and host names, so they are lower-case letters and digits with hyphens between, at most 63';

/** What a template or a base is called; it becomes an image's name. */
export const imageName = z.string().regex(NAME, NAME_RULE).max(63, NAME_RULE);

/** What is wrong with a name, to be said after the name itself; nothing for a good one. */
export function nameProblem(name: string): string | undefined {
  return imageName.safeParse(name).success ? undefined : NAME_RULE;
}
