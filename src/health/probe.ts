import type { Probe } from './checks.ts';
import { countRestarts, type Restarts, sameLives, timesRestarted, type UnitLife } from './restarts.ts';
import { seconds } from './seconds.ts';

/** One round as the probe sees it. Times in milliseconds of one clock that never goes back. */
export interface Observation {
  /** The answers were true at some moment from `askedAt` to `answeredAt`. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** Labels of the checks that fail. */
  readonly failing: readonly string[];
  /** Why waiting will not mend it. */
  readonly final?: string;
  /** Why this machine cannot show that it works: some checks have no answer here, and no other covers them. */
  readonly unanswerable?: string;
  /** The restarts that systemd counts, of every watched unit by label. */
  readonly restarts: ReadonlyMap<string, number>;
  /** The watched units that are up, by label. */
  readonly lives: ReadonlyMap<string, UnitLife>;
}

interface Streak {
  /** When the first of the rounds in a row was answered. */
  readonly since: number;
  readonly rounds: number;
  readonly lives: ReadonlyMap<string, UnitLife>;
}

/** What the probe remembers between rounds. */
export interface ProbeState {
  readonly rules: Probe;
  readonly startedAt: number;
  readonly rounds: number;
  readonly streak: Streak | undefined;
  /** Rounds in a row that were unanswerable. */
  readonly unanswered: number;
  readonly restarts: ReadonlyMap<string, Restarts>;
}

export type Verdict =
  | { readonly state: 'waiting' }
  | { readonly state: 'healthy' }
  | {
      readonly state: 'unhealthy';
      readonly reason: string;
      /** The check that did not stay up, and how it did not: its last answer may have been a good one. */
      readonly unstable?: { readonly label: string; readonly remark: string };
    };

/** Restarts during the probe that make a crash loop of it. */
const CRASH_LOOP = 3;

const WAITING: Verdict = { state: 'waiting' };

/** A probe that has seen nothing yet. */
export function beginProbe(rules: Probe, startedAt: number): ProbeState {
  return { rules, startedAt, rounds: 0, streak: undefined, unanswered: 0, restarts: new Map() };
}

/**
 * Takes in one round and says what is known now; pure.
 *
 * Healthy: `success-threshold` rounds in a row without a failure and with the same life of every unit, the first
 * answered at least `stable-for` before the last was asked. Unhealthy at once, after the start period: a state
 * that waiting will not mend, a crash loop. Else unhealthy when the time is up.
 */
export function observe(before: ProbeState, seen: Observation): { state: ProbeState; verdict: Verdict } {
  const state = remember(before, seen);
  return { state, verdict: conclude(state, seen) };
}

/** Timers may be early by less than this. */
const TIMER_MS = 1;

/**
 * Milliseconds until the next round is to be asked: the interval, but no longer than until the time is up. A round that
 * would still be under way when the one can be asked that brings the verdict is left out: it would only delay that.
 */
export function pauseAfter({ rules, startedAt, streak }: ProbeState, seen: Observation): number {
  const { askedAt, answeredAt: now } = seen;
  const left = startedAt + rules.timeout - now;
  const asUsual = Math.max(0, Math.min(rules.interval, left));
  if (streak === undefined || streak.rounds + 1 < rules['success-threshold']) return asUsual;
  const stable = streak.since + rules['stable-for'] + TIMER_MS - now;
  const inTheWay = stable > 0 && stable <= left && asUsual + (now - askedAt) > stable;
  return inTheWay ? stable : asUsual;
}

function remember(before: ProbeState, seen: Observation): ProbeState {
  const counting = seen.answeredAt >= before.startedAt + before.rules['start-period'];
  const counted = counting
    ? [...seen.restarts].map(
        ([label, count]) =>
          [
            label,
            countRestarts(before.restarts.get(label), {
              at: seen.answeredAt,
              count,
              life: seen.lives.get(label),
            }),
          ] as const,
      )
    : [];
  return {
    ...before,
    rounds: before.rounds + 1,
    streak: nextStreak(before.streak, seen),
    unanswered: seen.unanswerable === undefined ? 0 : before.unanswered + 1,
    restarts: new Map([...before.restarts, ...counted]),
  };
}

function nextStreak(before: Streak | undefined, seen: Observation): Streak | undefined {
  if (seen.failing.length > 0 || seen.unanswerable !== undefined) return undefined;
  const unbroken = before !== undefined && sameLives(before.lives, seen.lives);
  return unbroken
    ? { ...before, rounds: before.rounds + 1 }
    : { since: seen.answeredAt, rounds: 1, lives: seen.lives };
}

function conclude(state: ProbeState, seen: Observation): Verdict {
  const { rules, startedAt, streak } = state;
  const threshold = rules['success-threshold'];
  if (streak !== undefined && streak.rounds >= threshold && held(streak, seen) >= rules['stable-for']) {
    return { state: 'healthy' };
  }
  const waited = seen.answeredAt - startedAt;
  if (waited >= rules['start-period']) {
    if (seen.final !== undefined) return { state: 'unhealthy', reason: seen.final };
    const loop = crashLoop(state, seen, CRASH_LOOP);
    if (loop !== undefined) return loop;
    if (state.unanswered >= threshold && seen.unanswerable !== undefined) {
      return { state: 'unhealthy', reason: seen.unanswerable };
    }
  }
  if (waited < rules.timeout) return WAITING;
  const unstable = crashLoop(state, seen, 1);
  if (unstable !== undefined && seen.failing.every((label) => label === unstable.unstable.label))
    return unstable;
  return { state: 'unhealthy', reason: timeUp(state, seen) };
}

/** How long nothing has failed or restarted, at the least. */
function held(streak: Streak, seen: Observation): number {
  return Math.max(0, seen.askedAt - streak.since);
}

function crashLoop({ restarts }: ProbeState, seen: Observation, atLeast: number) {
  for (const [label, known] of restarts) {
    const times = timesRestarted(known);
    if (times < atLeast) continue;
    const remark = `restarted ${times === 1 ? 'once' : `${times} times`} in ${seconds(seen.answeredAt - known.since)}`;
    const reason = `${label} does not stay up: ${remark}`;
    return { state: 'unhealthy', reason, unstable: { label, remark } } as const;
  }
  return undefined;
}

function timeUp({ rules, streak, rounds }: ProbeState, seen: Observation): string {
  const limit = seconds(rules.timeout);
  if (seen.failing.length > 0) return `still failing after ${limit}: ${seen.failing.join(', ')}`;
  if (streak === undefined) return seen.unanswerable ?? `not healthy after ${limit}`;
  const had = `${streak.rounds} of ${rounds} rounds and ${seconds(held(streak, seen))}`;
  const wanted = `${rules['success-threshold']} rounds and ${seconds(rules['stable-for'])}`;
  return `the time of ${limit} was up when all had held for ${had}; wanted are ${wanted}`;
}
