import type { Run } from '../../core/ledger-runs.ts';
import type { Leftover } from './leftover.ts';

/** A run that was killed, with what of it is still there once all of it was tried. */
export interface DeadRun extends Run {
  /** The same leftover; the ledger stays when that stays. */
  track(leftover: Leftover): Leftover;
  /** How many stayed. */
  stayed(): number;
}

export function deadRun(run: Run): DeadRun {
  let stayed = 0;
  return {
    ...run,
    track(leftover) {
      if (leftover.keep !== undefined) stayed++;
      return {
        ...leftover,
        async remove(signal) {
          stayed++;
          const why = await leftover.remove(signal);
          if (typeof why === 'string') return why;
          stayed--;
          return undefined;
        },
      };
    },
    stayed: () => stayed,
  };
}

/** The intentions of one kind that were not settled. */
export function openOf<K extends Run['open'][number]['intends']['kind']>(
  { open }: Pick<Run, 'open'>,
  kind: K,
): Extract<Run['open'][number]['intends'], { kind: K }>[] {
  return open.flatMap(({ intends }) =>
    intends.kind === kind ? [intends as Extract<Run['open'][number]['intends'], { kind: K }>] : [],
  );
}
