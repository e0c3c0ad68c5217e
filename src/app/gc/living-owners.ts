import type { Runs } from '../../core/ledger-runs.ts';
import { ownerLives } from '../../core/process-owner.ts';

/** Whether the process that wrote an owner's text lives. */
export type Lives = (owner: string) => Promise<boolean>;

/** Its process decides, or the ledger of a run that lives where process ids mean something else: in another container. */
export function livingOwners({ living }: Runs): Lives {
  const owners = new Set(living.map(({ owner }) => owner.process));
  return async (owner) => owners.has(owner) || (await ownerLives(owner));
}
