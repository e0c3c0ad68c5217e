import { Fault } from './fault.ts';

/** What a failed write of a file means: `DISK_FULL` when no space was left, else the error as it is. */
export function fullDisk(error: unknown, file: string, hint = 'Free some space there.'): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new Fault('DISK_FULL', `no space is left to write ${file}`, { hint, cause: error });
}
