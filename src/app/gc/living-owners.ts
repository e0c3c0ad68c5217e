import { type Runs, readRuns } from '../../core/ledger-runs.ts';
import { ownerLives } from '../../core/process-owner.ts';

/** Whether the process that wrote an owner's text lives. */
export type Lives = (owner: string) => Promise<boolean>;

/**
 * Its process decides, or the ledger of a run that lives where process ids mean something else: in another container.
 * Ledgers are read again for an owner that neither tells of: its run may have begun since.
 */
export function livingOwners({ living }: Runs, home: string): Lives {
  const owners = new Set(living.map(({ owner }) => owner.process));
  return async (owner) => {
    if (owners.has(owner) || (await ownerLives(owner))) return true;
    const now = await readRuns(home);
    return now.living.some((run) => run.owner.process === owner);
  };
}
