import { join } from 'node:path';
import { namesIn } from './names-in.ts';
import { ownerFromName } from './owner-name.ts';

/**
 * What processes have left in a folder that do not live, by names that have their owner's in them.
 *
 * @param name what such a name is, with the owner's (`OWNER_NAME`) as its first group
 */
export async function abandonedIn(
  folder: string,
  name: RegExp,
  lives: (owner: string) => Promise<boolean>,
): Promise<string[]> {
  const abandoned: string[] = [];
  for (const found of await namesIn(folder)) {
    const owner = name.exec(found)?.[1];
    if (owner !== undefined && !(await lives(ownerFromName(owner)))) abandoned.push(join(folder, found));
  }
  return abandoned;
}
