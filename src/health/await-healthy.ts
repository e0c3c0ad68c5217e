import type { StageLog } from '../core/events.ts';
import { sleep } from '../core/wait.ts';
import { type ClosedMachine, isClosed, type Machine } from '../platforms/platform.ts';
import { addTails } from './add-tails.ts';
import { answersOf } from './answers.ts';
import type { Checks, Probe } from './checks.ts';
import { gather } from './gather.ts';
import type { Facts, Fragment } from './kind.ts';
import { type CheckPlan, type Judgement, planChecks, type Round } from './plan-checks.ts';
import { beginProbe, nextRound, observe, type ProbeState, type Verdict } from './probe.ts';
import type { CheckResult, HealthReport } from './result.ts';
import { seconds } from './seconds.ts';

export interface AwaitOptions {
  readonly log: StageLog;
  readonly signal: AbortSignal;
  /** The machine may not be what it was, and a test has no time to lose. */
  readonly clock?: Clock;
}

/** Milliseconds that never go back, and a way to let them pass. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const REAL_CLOCK: Clock = { now: () => performance.now(), sleep };

/** When an attribute last began to hold. */
interface Since {
  readonly attempts: number;
  readonly waited: number;
}

/** By the check's key and the attribute. */
type Held = Map<string, Since>;

/**
 * Asks a machine round after round until the probe has its verdict; one exec a round, whatever the number of checks. One
 * that nobody can enter is asked from outside what can be asked so; the rest is unsupported, and counts for nothing.
 *
 * Unhealthy is a report, not an error. Without checks it is healthy at once, with no results and no round.
 * Throws `CONFIG_INVALID` for checks that make no sense, and what the machine throws.
 */
export async function awaitHealthy(
  machine: Machine | ClosedMachine,
  checks: Checks,
  probe: Probe,
  { log, signal, clock = REAL_CLOCK }: AwaitOptions,
): Promise<HealthReport> {
  const plan = planChecks(checks, isClosed(machine) ? 'outside' : 'inside');
  if (plan.asked.size === 0)
    return {
      healthy: true,
      results: plan.judge(new Map()).flatMap(({ results }) => results),
      waited: 0,
      rounds: 0,
    };

  const startedAt = clock.now();
  const held: Held = new Map();
  const latest = new Map<string, Judgement>();
  let state = beginProbe(watched(plan, probe), startedAt);
  let said = '';
  for (let rounds = 1, round: Round = plan; ; rounds++) {
    const { judgements, moment } = await askRound(machine, round, clock, signal);
    for (const judgement of judgements) latest.set(judgement.key, judgement);
    const all = [...latest.values()];
    const seen = observe(state, { ...moment, answers: answersOf(judgements, all) });
    state = seen.state;
    const waited = Math.round(moment.answeredAt - startedAt);
    noteHeld(held, judgements, state, waited);
    const saying = describe(state);
    if (saying !== said) log.output(`${seconds(waited)}: ${saying}`);
    said = saying;
    const { verdict } = seen;
    if (verdict.state !== 'waiting') {
      const finished = finish(all, verdict, held, { state, waited });
      const final = isClosed(machine) ? finished : await addTails(machine, finished, signal);
      return {
        healthy: verdict.state === 'healthy',
        results: final.flatMap(({ results }) => results),
        waited,
        rounds,
        ...(verdict.state === 'unhealthy' ? { reason: verdict.reason } : {}),
      };
    }
    const next = nextRound(state, moment);
    round = plan.only(next.ask);
    await clock.sleep(next.pause, signal);
  }
}

/**
 * The rules for each check: its own words over the template's. Files and users do not go up and down: where nothing else
 * is asked, one good round is enough.
 */
function watched({ asked, functional }: CheckPlan, probe: Probe) {
  const common = functional ? probe : { ...probe, 'success-threshold': 1, 'stable-for': 0 };
  return new Map([...asked].map(([key, { label, own }]) => [key, { label, rules: { ...common, ...own } }]));
}

async function askRound(machine: Machine | ClosedMachine, round: Round, clock: Clock, signal: AbortSignal) {
  const askedAt = clock.now();
  const inside = isClosed(machine) ? withoutClient(round) : await gather(machine, round.fragments, signal);
  const facts = await round.askOutside(inside, { address: machine.address, signal });
  return { judgements: round.judge(facts), moment: { askedAt, answeredAt: clock.now() } };
}

/** What a machine says in which there is nothing to ask with. */
function withoutClient({ fragments }: Round): Facts {
  const asking = ({ limit }: Fragment) => limit !== undefined;
  return new Map(fragments.filter(asking).map(({ key }) => [`${key}.out`, 'none']));
}

function noteHeld(held: Held, judgements: readonly Judgement[], state: ProbeState, waited: number): void {
  for (const { key, results } of judgements) {
    const attempts = state.get(key)?.rounds ?? 0;
    for (const { attribute, outcome } of results) {
      const id = `${key}: ${attribute}`;
      if (outcome !== 'passed') held.delete(id);
      else if (!held.has(id)) held.set(id, { attempts, waited });
    }
  }
}

/** What fails, by each check's last answer. */
function describe(state: ProbeState): string {
  const watches = [...state.values()];
  const failing = watches.filter(({ answer }) => answer.failing).map(({ label }) => label);
  if (failing.length > 0) return `failing: ${failing.join(', ')}`;
  const mute = watches.find(({ answer }) => answer.unanswerable !== undefined);
  return mute?.answer.unanswerable ?? 'all checks pass';
}

/** The last answers, with the one that did not stay up made a failure, and how long each took. */
function finish(
  judgements: readonly Judgement[],
  verdict: Verdict,
  held: Held,
  { state, waited }: { readonly state: ProbeState; readonly waited: number },
): Judgement[] {
  const unstable = verdict.state === 'unhealthy' ? verdict.unstable : undefined;
  return judgements.map((judgement) => {
    const { key } = judgement;
    const watch = state.get(key);
    // Only what is skipped is not watched.
    if (watch === undefined) return judgement;
    const whole: Since = { attempts: watch.rounds, waited };
    return {
      ...judgement,
      results: judgement.results.map((result) => {
        if (key !== unstable?.key || result.attribute !== 'running')
          return { ...result, ...(held.get(`${key}: ${result.attribute}`) ?? whole) };
        return { ...result, ...whole, outcome: 'failed', actual: unstableActual(result, unstable.remark) };
      }),
    };
  });
}

function unstableActual({ outcome, actual }: CheckResult, remark: string): string {
  return outcome === 'passed' ? `false (up just now, but ${remark})` : `${actual}, ${remark}`;
}
