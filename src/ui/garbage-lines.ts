import { cleanLine } from './clean-line.ts';

/** What became of something that a killed process has left. */
export interface GarbageView {
  readonly what: string;
  readonly where: string;
  readonly state: 'removed' | 'restored' | 'found' | 'kept' | 'failed';
  /** It is not removed but put right. */
  readonly restores?: boolean;
  /** It is not removed but set aside, beside where it lies. */
  readonly aside?: boolean;
  readonly why?: string;
}

const WORDS = {
  removed: '✔ removed',
  restored: '✔ put right',
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

const RIGHT_WORDS = {
  ...WORDS,
  found: '- would be put right',
  failed: '✗ could not be put right',
} as const;

/** One line for each, or that there is nothing. */
export function garbageLines(collected: readonly GarbageView[]): string[] {
  if (collected.length === 0) return ['nothing is left of killed bakes and launches'];
  return collected.map(({ what, where, state, restores, aside, why }) => {
    const words = restores ? RIGHT_WORDS : aside ? ASIDE_WORDS : WORDS;
    return cleanLine(`${words[state]}: ${what} ${where}${why === undefined ? '' : ` (${why})`}`);
  });
}
