import { join } from 'node:path';

/** The file that whoever changes what runs in an environment locks. */
export function launchLock(home: string, environment: string): string {
  return join(home, 'launches', `${environment}.lock`);
}
