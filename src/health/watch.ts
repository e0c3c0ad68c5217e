import type { Probe } from './checks.ts';
import { countRestarts, type Restarts, sameLife, timesRestarted, type UnitLife } from './restarts.ts';

/** What one round said of one check. */
export interface Answer {
  readonly failing: boolean;
  /** Why waiting will not mend it. */
  readonly final?: string;
  /** Why this machine cannot show that it works: the check has no answer here, and no other covers it. */
  readonly unanswerable?: string;
  /** The restarts that systemd counts, of a watched unit. */
  readonly restarts?: number;
  /** Of a watched unit that is up. */
  readonly life?: UnitLife;
}

/** When a round was under way: its answers were true at some moment from `askedAt` to `answeredAt`. */
export interface Moment {
  readonly askedAt: number;
  readonly answeredAt: number;
}

interface Streak {
  /** When the first of the rounds in a row was answered. */
  readonly since: number;
  readonly rounds: number;
  readonly life: UnitLife | undefined;
}

/** What the probe remembers of one check between rounds. Times in milliseconds of one clock that never goes back. */
export interface Watch {
  readonly label: string;
  readonly rules: Probe;
  readonly startedAt: number;
  /** Rounds in which it was asked. */
  readonly rounds: number;
  readonly last: Moment;
  readonly answer: Answer;
  readonly streak: Streak | undefined;
  /** Rounds in a row that were unanswerable. */
  readonly unanswered: number;
  readonly restarts: Restarts | undefined;
}

/** Timers may be early by less than this. */
const TIMER_MS = 1;

/** A check that was never asked. */
export function beginWatch(label: string, rules: Probe, startedAt: number): Watch {
  return {
    label,
    rules,
    startedAt,
    rounds: 0,
    last: { askedAt: startedAt, answeredAt: startedAt },
    answer: { failing: true },
    streak: undefined,
    unanswered: 0,
    restarts: undefined,
  };
}

/** Takes in what one round said of the check; pure. */
export function watchOn(before: Watch, answer: Answer, last: Moment): Watch {
  const { restarts: count, life } = answer;
  const at = last.answeredAt;
  const counted = count !== undefined && at >= before.startedAt + before.rules['start-period'];
  return {
    ...before,
    rounds: before.rounds + 1,
    last,
    answer,
    streak: nextStreak(before.streak, answer, at),
    unanswered: answer.unanswerable === undefined ? 0 : before.unanswered + 1,
    restarts: counted ? countRestarts(before.restarts, { at, count, life }) : before.restarts,
  };
}

function nextStreak(before: Streak | undefined, answer: Answer, at: number): Streak | undefined {
  if (answer.failing || answer.unanswerable !== undefined) return undefined;
  const unbroken = before !== undefined && sameLife(before.life, answer.life);
  return unbroken ? { ...before, rounds: before.rounds + 1 } : { since: at, rounds: 1, life: answer.life };
}

/** Whether it has held in enough rounds and for long enough, when last asked. */
export function isUp(watch: Watch): boolean {
  const { streak, rules } = watch;
  return (
    streak !== undefined &&
    streak.rounds >= rules['success-threshold'] &&
    heldFor(watch) >= rules['stable-for']
  );
}

/** How long it has not failed or restarted, at the least. */
export function heldFor({ streak, last }: Watch): number {
  return streak === undefined ? 0 : Math.max(0, last.askedAt - streak.since);
}

/** Whether its failures count, when last asked. */
export function counts({ last, startedAt, rules }: Watch): boolean {
  return last.answeredAt - startedAt >= rules['start-period'];
}

/** Whether its time was up and it was not, when last asked. */
export function isOverdue(watch: Watch): boolean {
  return watch.last.answeredAt >= deadline(watch) && !isUp(watch);
}

/** How often its unit was restarted since failures count. */
export function restartsOf({ restarts }: Watch): number {
  return restarts === undefined ? 0 : timesRestarted(restarts);
}

export function deadline({ startedAt, rules }: Watch): number {
  return startedAt + rules.timeout;
}

/** When it is to be asked again: after its interval, or when its time is up. */
export function dueAt(watch: Watch): number {
  const { last, rules } = watch;
  const asUsual = last.answeredAt + rules.interval;
  return last.answeredAt < deadline(watch) ? Math.min(asUsual, deadline(watch)) : asUsual;
}

/** The first moment at which one more good answer makes it up; never, while several are missing. */
export function decidesAt(watch: Watch): number {
  const { streak, rules, last } = watch;
  if (isUp(watch)) return last.answeredAt;
  if (streak === undefined || streak.rounds + 1 < rules['success-threshold']) return Number.POSITIVE_INFINITY;
  const stable = streak.since + rules['stable-for'] + TIMER_MS;
  return stable > last.answeredAt ? stable : dueAt(watch);
}
