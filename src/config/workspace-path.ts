import { posix } from 'node:path';
import { z } from 'zod';
import { text } from './text.ts';

/** A path below the workspace's root, normalised, without a trailing slash; what leads out is refused. */
export const workspacePath = text
  .check((context) => {
    const rule = brokenRule(context.value);
    if (rule === undefined) return;
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: rule,
      params: { problem: 'path-outside' },
    });
  })
  .transform((path) => posix.normalize(path).replace(/\/$/, ''));

/** A list of such paths; none when it is left out. */
export const workspacePaths = z.array(workspacePath).prefault([]);

function brokenRule(path: string): string | undefined {
  if (path === '') return undefined;
  if (path.startsWith('/'))
    return 'leads out of the workspace: write it relative to the folder that holds templates/';
  if (path.split('/').includes('..')) return 'leads out of the workspace: `..` is not allowed';
  if (['', '.'].includes(posix.normalize(path).replace(/\/$/, '')))
    return 'names the whole workspace: name a folder in it';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'must not contain control characters';
  return undefined;
}
