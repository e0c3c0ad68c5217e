import { cleanLine } from './clean-line.ts';

/** What became of something that a killed process has left. */
export interface GarbageView {
  readonly what: string;
  readonly where: string;
  readonly state: 'removed' | 'found' | 'kept' | 'failed';
  /** It is not removed but set aside, beside where it lies. */
  readonly aside?: boolean;
  readonly why?: string;
}

const WORDS = {
  removed: '✔ removed',
  found: '- would be removed',
  kept: '- kept',
  failed: '✗ could not be removed',
} as const;

const ASIDE_WORDS = {
  ...WORDS,
  removed: '✔ set aside',
  found: '- would be set aside',
  failed: '✗ could not be set aside',
} as const;

/** One line for each, or that there is nothing. */
export function garbageLines(collected: readonly GarbageView[]): string[] {
  if (collected.length === 0) return ['nothing is left of killed bakes and launches'];
  return collected.map(({ what, where, state, aside, why }) =>
    cleanLine(
      `${(aside ? ASIDE_WORDS : WORDS)[state]}: ${what} ${where}${why === undefined ? '' : ` (${why})`}`,
    ),
  );
}
