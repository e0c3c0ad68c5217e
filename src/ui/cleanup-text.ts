import type { CleanupOutcome } from '../core/scope.ts';
import { cleanLine } from './clean-line.ts';

/** How a machine that was kept is entered. */
export function enterText(command: string): string {
  return `enter the machine with: ${command}`;
}

/** What became of one thing that a bake made: `removed: …`, or why it is still there and how it is removed by hand. */
export function cleanupText({ label, state, error, remedy, done }: CleanupOutcome): string {
  const by = remedy === undefined ? '' : `; remove it with: ${remedy}`;
  if (state === 'removed') return done ?? `removed: ${label}`;
  if (state === 'kept') return `left: ${label}${by}`;
  const reason = error instanceof Error ? ` (${cleanLine(error.message)})` : '';
  return `could not be removed: ${label}${reason}${by}`;
}
