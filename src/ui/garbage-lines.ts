import { cleanLine } from './clean-line.ts';

/** What became of something that a killed process has left. */
export interface GarbageView {
  readonly what: string;
  readonly where: string;
  readonly state: 'removed' | 'restored' | 'found' | 'kept' | 'failed';
  /** That it would be put right, and not removed. */
  readonly restores?: true;
  readonly why?: string;
}

const WORDS = {
  removed: '✔ removed',
  restored: '✔ put right',
  found: '- would be removed',
  kept: '- kept',
  failed: '✗ could not be removed',
} as const;

/** One line for each, or that there is nothing. */
export function garbageLines(collected: readonly GarbageView[]): string[] {
  if (collected.length === 0) return ['nothing is left of killed bakes and launches'];
  return collected.map(({ what, where, state, restores, why }) =>
    cleanLine(
      `${restores ? '- would be put right' : WORDS[state]}: ${what} ${where}${why === undefined ? '' : ` (${why})`}`,
    ),
  );
}
