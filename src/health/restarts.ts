/** What changes when a unit restarts. */
export interface UnitLife {
  readonly pid: number;
  readonly restarts: number;
  /** When it became active, on the machine's own clock. */
  readonly since: string;
}

/** What the probe knows of one unit's restarts since failures began to count. */
export interface Restarts {
  readonly since: number;
  /** systemd's own count, then. */
  readonly first: number;
  /** What the count has grown by. */
  readonly grown: number;
  /** How often a new life was seen, for units that something else restarts. */
  readonly changes: number;
  readonly life: UnitLife | undefined;
}

/** Takes in what one round saw of a unit: systemd's count, and its life when it is up. */
export function countRestarts(
  before: Restarts | undefined,
  seen: { readonly at: number; readonly count: number; readonly life: UnitLife | undefined },
): Restarts {
  const { at, count, life } = seen;
  // A count that falls was reset by hand.
  if (before === undefined || count < before.first) {
    return { since: at, first: count, grown: 0, changes: before?.changes ?? 0, life };
  }
  const changed = before.life !== undefined && life !== undefined && !sameLife(before.life, life);
  return {
    ...before,
    grown: count - before.first,
    changes: before.changes + (changed ? 1 : 0),
    life: life ?? before.life,
  };
}

/** How often the unit was restarted, by the count or by its lives. */
export function timesRestarted({ grown, changes }: Restarts): number {
  return Math.max(grown, changes);
}

/** Whether a unit that was up still is, in the same life, or one that was not is not. */
export function sameLife(a: UnitLife | undefined, b: UnitLife | undefined): boolean {
  return a?.pid === b?.pid && a?.restarts === b?.restarts && a?.since === b?.since;
}
