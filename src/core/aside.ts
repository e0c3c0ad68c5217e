import { randomBytes } from 'node:crypto';
import { abandonedIn } from './abandoned.ts';
import { OWNER_NAME, ownName } from './owner-name.ts';

const ASIDE = new RegExp(`\\.(${OWNER_NAME})\\.[0-9a-f]{12}\\.tmp$`);

/**
 * Where a file lies until it is whole: beside its name, with its owner's in its own, so that what a killed process has
 * left can be told from what a living one writes.
 */
export function asideOf(file: string): string {
  return `${file}.${ownName()}.${randomBytes(6).toString('hex')}.tmp`;
}

/** Whether a file has such a name. */
export function isAside(name: string): boolean {
  return ASIDE.test(name);
}

/** The files of a folder that processes have left there that do not live. */
export async function abandonedAsides(
  folder: string,
  lives: (owner: string) => Promise<boolean>,
): Promise<string[]> {
  return await abandonedIn(folder, ASIDE, lives);
}
