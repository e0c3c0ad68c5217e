import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { abandonedIn } from '../../core/abandoned.ts';
import { OWNER_NAME, ownName } from '../../core/owner-name.ts';
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
  return await abandonedIn(instances, ASIDE, lives);
}
