import { openLedger } from '../core/ledger.ts';
import { type CleanupOutcome, Scope } from '../core/scope.ts';

/** In a cloud: an instance takes minutes to be gone, and what it used goes after it, as snapshots go after their AMI. */
export const CLOUD_CLEANUP_MS = 600_000;

/** A scope whose ledger is in `$KILN_HOME`; `run` is the id of what is done, `what` says it to people: `bake web`. */
export function recordedScope(
  home: string,
  { run, what }: { readonly run: string; readonly what: string },
  onOutcome?: (outcome: CleanupOutcome) => void,
  deadlineMs?: number,
): Scope {
  return new Scope(onOutcome, deadlineMs, openLedger(home, { run, what }));
}
