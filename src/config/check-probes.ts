import type { z } from 'zod';
import { formatDuration } from './units.ts';

/** The times of a probe that depend on each other, in milliseconds. */
interface Times {
  readonly timeout: number;
  readonly interval: number;
  readonly 'success-threshold': number;
  readonly 'stable-for': number;
}

/** A refinement: what a probe waits for can be seen before its time is up. */
export function longEnough(probe: Times, context: z.core.$RefinementCtx): void {
  const problem = tooShort(probe);
  if (problem !== undefined) context.addIssue({ code: 'custom', path: ['timeout'], message: problem });
}

/** The same for each check that has words of its own for the template's probe; `checks` as they are written. */
export function checksLongEnough(
  { checks, probe }: { readonly checks: object; readonly probe: Times },
  context: z.core.$RefinementCtx,
): void {
  for (const [kind, named] of Object.entries(checks)) {
    for (const [name, check] of Object.entries<{ probe?: Partial<Times> }>(Object(named))) {
      const own = check?.probe;
      const problem = own === undefined ? undefined : tooShort({ ...probe, ...own });
      if (own === undefined || problem === undefined) continue;
      const said = own.timeout === undefined ? [] : ['timeout'];
      const message = said.length === 0 ? `has a \`timeout\` that ${problem}` : problem;
      context.addIssue({ code: 'custom', path: ['checks', kind, name, 'probe', ...said], message });
    }
  }
}

function tooShort({ timeout, interval, 'success-threshold': rounds, 'stable-for': stable }: Times) {
  const needed = Math.max(stable, (rounds - 1) * interval);
  if (needed < timeout) return undefined;
  return `is ${formatDuration(timeout)}, too short for \`stable-for\` and \`success-threshold\`, which take ${formatDuration(needed)}`;
}
