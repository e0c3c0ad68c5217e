import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { namesIn } from '../../core/names-in.ts';
import { OWNER_NAME, ownerFromName, ownName } from '../../core/owner-name.ts';
import { ownerLives } from '../../core/process-owner.ts';

const ASIDE = new RegExp(`^\\.aside-(${OWNER_NAME})\\.[0-9a-f-]{36}$`);

/**
 * Where the folder of an instance lies that is only being made, or removed: under a name that no instance has, with its
 * owner's in it, so that what a killed process has left can be told from what a living one is at.
 */
export function instanceAside(instances: string): string {
  return join(instances, `.aside-${ownName()}.${randomUUID()}`);
}

/** Those that processes have left that do not live. */
export async function abandonedInstances(instances: string, lives = ownerLives): Promise<string[]> {
  const abandoned: string[] = [];
  for (const name of await namesIn(instances)) {
    const owner = ASIDE.exec(name)?.[1];
    if (owner !== undefined && !(await lives(ownerFromName(owner)))) abandoned.push(join(instances, name));
  }
  return abandoned;
}
