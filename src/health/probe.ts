import type { Probe } from './checks.ts';
import { seconds } from './seconds.ts';
import {
  type Answer,
  beginWatch,
  counts,
  deadline,
  decidesAt,
  dueAt,
  heldFor,
  isOverdue,
  isUp,
  type Moment,
  restartsOf,
  type Watch,
  watchOn,
} from './watch.ts';

/** One round as the probe sees it: what was asked, by the checks' keys. */
export interface Observation extends Moment {
  readonly answers: ReadonlyMap<string, Answer>;
}

/** What the probe remembers between rounds: each check by its key. */
export type ProbeState = ReadonlyMap<string, Watch>;

export type Verdict =
  | { readonly state: 'waiting' }
  | { readonly state: 'healthy' }
  | {
      readonly state: 'unhealthy';
      readonly reason: string;
      /** The check that did not stay up, and how it did not: its last answer may have been a good one. */
      readonly unstable?: { readonly key: string; readonly remark: string };
    };

/** Restarts during the probe that make a crash loop of it. */
const CRASH_LOOP = 3;

const WAITING: Verdict = { state: 'waiting' };

/** A probe that has seen nothing yet, of checks with the rules for each. */
export function beginProbe(
  checks: ReadonlyMap<string, { readonly label: string; readonly rules: Probe }>,
  startedAt: number,
): ProbeState {
  return new Map([...checks].map(([key, { label, rules }]) => [key, beginWatch(label, rules, startedAt)]));
}

/**
 * Takes in one round and says what is known now; pure.
 *
 * Healthy: in a round that asked every check, each had held for its own `success-threshold` rounds in a row and for its
 * `stable-for`, with the same life of its unit. Unhealthy at once, after a check's start period: a state that waiting will
 * not mend, a crash loop. Else unhealthy when the time of a check is up that is not.
 */
export function observe(before: ProbeState, seen: Observation): { state: ProbeState; verdict: Verdict } {
  const state = new Map(
    [...before].map(([key, watch]) => {
      const answer = seen.answers.get(key);
      return [key, answer === undefined ? watch : watchOn(watch, answer, seen)];
    }),
  );
  const asked = new Map([...state].filter(([key]) => seen.answers.has(key)));
  return { state, verdict: conclude(asked, asked.size === state.size) };
}

/** When to ask next, and what. */
export interface NextRound {
  /** Milliseconds from the last answer. */
  readonly pause: number;
  /** The checks' keys. */
  readonly ask: readonly string[];
}

/**
 * Each check is asked at its interval and when its time is up. As soon as one round can bring the verdict it asks all of
 * them; one that would still be under way at that moment is left out, as it would only delay that.
 */
export function nextRound(state: ProbeState, { askedAt, answeredAt: now }: Moment): NextRound {
  const watches = [...state.values()];
  const usual = Math.max(now, Math.min(...watches.map(dueAt)));
  const decides = Math.max(now, ...watches.map(decidesAt));
  const late = Math.min(...watches.filter((watch) => !isUp(watch)).map(deadline));
  const at = decides <= late && usual + (now - askedAt) > decides ? decides : usual;
  const ask = [...state].filter(([, watch]) => at >= decides || dueAt(watch) <= at);
  return { pause: at - now, ask: ask.map(([key]) => key) };
}

function conclude(asked: ProbeState, whole: boolean): Verdict {
  const watches = [...asked.values()];
  if (whole && watches.every(isUp)) return { state: 'healthy' };

  const counting = new Map([...asked].filter(([, watch]) => counts(watch)));
  const final = [...counting.values()].find(({ answer }) => answer.final !== undefined)?.answer.final;
  if (final !== undefined) return { state: 'unhealthy', reason: final };
  const loop = crashLoop(counting, CRASH_LOOP);
  if (loop !== undefined) return loop;
  const mute = [...counting.values()].find(
    ({ unanswered, rules }) => unanswered > 0 && unanswered >= rules['success-threshold'],
  );
  if (mute !== undefined) return { state: 'unhealthy', reason: mute.answer.unanswerable ?? '' };

  const overdue = new Map([...asked].filter(([, watch]) => isOverdue(watch)));
  if (overdue.size === 0) return WAITING;
  const unstable = crashLoop(overdue, 1);
  const alone = watches.every(
    (watch) => !watch.answer.failing || watch === asked.get(unstable?.unstable.key ?? ''),
  );
  if (unstable !== undefined && alone) return unstable;
  return { state: 'unhealthy', reason: timeUp([...overdue.values()]) };
}

function crashLoop(watches: ProbeState, atLeast: number) {
  for (const [key, watch] of watches) {
    const { label, last, restarts } = watch;
    const times = restartsOf(watch);
    if (restarts === undefined || times < atLeast) continue;
    const often = times === 1 ? 'once' : `${times} times`;
    const remark = `restarted ${often} in ${seconds(last.answeredAt - restarts.since)}`;
    const reason = `${label} does not stay up: ${remark}`;
    return { state: 'unhealthy', reason, unstable: { key, remark } } as const;
  }
  return undefined;
}

/** What was not up when its time was; the one that came closest to it last is told of where none fails. */
function timeUp(overdue: readonly Watch[]): string {
  const failing = overdue.filter(({ answer }) => answer.failing);
  if (failing.length > 0) {
    const limit = Math.max(...failing.map(({ rules }) => rules.timeout));
    return `still failing after ${seconds(limit)}: ${failing.map(({ label }) => label).join(', ')}`;
  }
  const mute = overdue.find(({ answer }) => answer.unanswerable !== undefined)?.answer.unanswerable;
  if (mute !== undefined) return mute;
  const [shortest] = [...overdue].sort((a, b) => heldFor(a) - heldFor(b));
  if (shortest === undefined) throw new Error('nothing is overdue');
  const { label, rules, rounds, streak } = shortest;
  const had = `${streak?.rounds ?? 0} of ${rounds} rounds and ${seconds(heldFor(shortest))}`;
  const wanted = `${rules['success-threshold']} rounds and ${seconds(rules['stable-for'])}`;
  return `the time of ${seconds(rules.timeout)} was up when ${label} had held for ${had}; wanted are ${wanted}`;
}
