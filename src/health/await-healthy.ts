import type { StageLog } from '../core/events.ts';
import { sleep } from '../core/wait.ts';
import type { Machine } from '../platforms/platform.ts';
import { addTails } from './add-tails.ts';
import type { Checks, Probe } from './checks.ts';
import { gather } from './gather.ts';
import { type CheckPlan, type Judgement, planChecks } from './plan-checks.ts';
import { beginProbe, type Observation, observe, pauseAfter, type Verdict } from './probe.ts';
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

/** When each attribute last began to hold. */
type Held = Map<string, { attempts: number; waited: number }>;

/**
 * Asks a machine round after round until the probe has its verdict; one exec a round, whatever the number of checks.
 *
 * Unhealthy is a report, not an error. Without checks it is healthy at once, with no results and no round.
 * Throws `CONFIG_INVALID` for checks that make no sense, and what the machine throws.
 */
export async function awaitHealthy(
  machine: Machine,
  checks: Checks,
  probe: Probe,
  { log, signal, clock = REAL_CLOCK }: AwaitOptions,
): Promise<HealthReport> {
  const plan = planChecks(checks);
  if (plan.empty)
    return {
      healthy: true,
      results: plan.judge(new Map()).flatMap(({ results }) => results),
      waited: 0,
      rounds: 0,
    };

  const startedAt = clock.now();
  const held: Held = new Map();
  let state = beginProbe(rulesFor(plan, probe), startedAt);
  let said = '';
  for (;;) {
    const { judgements, observation } = await askRound(machine, plan, clock, signal);
    const seen = observe(state, observation);
    state = seen.state;
    const waited = observation.answeredAt - startedAt;
    noteHeld(held, judgements, state.rounds, waited);
    const saying = describe(observation);
    if (saying !== said) log.output(`${seconds(waited)}: ${saying}`);
    said = saying;
    const { verdict } = seen;
    if (verdict.state !== 'waiting') {
      const whole = { attempts: state.rounds, waited };
      const final = await addTails(machine, finish(judgements, verdict, held, whole), signal);
      return {
        healthy: verdict.state === 'healthy',
        results: final.flatMap(({ results }) => results),
        waited,
        rounds: state.rounds,
        ...(verdict.state === 'unhealthy' ? { reason: verdict.reason } : {}),
      };
    }
    await clock.sleep(pauseAfter(state, observation), signal);
  }
}

/** Files and users do not go up and down: where nothing else is asked, one good round is enough. */
function rulesFor(plan: CheckPlan, probe: Probe): Probe {
  return plan.functional ? probe : { ...probe, 'success-threshold': 1, 'stable-for': 0 };
}

async function askRound(machine: Machine, plan: CheckPlan, clock: Clock, signal: AbortSignal) {
  const askedAt = clock.now();
  const inside = await gather(machine, plan.fragments, signal);
  const facts = await plan.askOutside(inside, { address: machine.address, signal });
  const judgements = plan.judge(facts);
  return { judgements, observation: observationOf(judgements, askedAt, clock.now()) };
}

function observationOf(judgements: readonly Judgement[], askedAt: number, answeredAt: number): Observation {
  const failing = judgements.filter(({ results }) => results.some(({ outcome }) => outcome === 'failed'));
  const final = judgements.find((judgement) => judgement.final !== undefined)?.final;
  const unanswerable = uncovered(judgements);
  return {
    askedAt,
    answeredAt,
    failing: failing.map(({ label }) => label),
    restarts: new Map(
      judgements.flatMap(({ label, restarts }) => (restarts === undefined ? [] : [[label, restarts]])),
    ),
    lives: new Map(judgements.flatMap(({ label, life }) => (life === undefined ? [] : [[label, life]]))),
    ...(final === undefined ? {} : { final }),
    ...(unanswerable === undefined ? {} : { unanswerable }),
  };
}

/** A check without an answer is made up for by another that shows that something works. */
function uncovered(judgements: readonly Judgement[]): string | undefined {
  const unsupported = judgements.filter(({ results }) =>
    results.some(({ outcome }) => outcome === 'unsupported'),
  );
  const [first] = unsupported;
  if (first === undefined) return undefined;
  const covered = judgements.some(
    (judgement) =>
      judgement.functional &&
      !unsupported.includes(judgement) &&
      judgement.results.some(({ outcome }) => outcome === 'passed'),
  );
  if (covered) return undefined;
  const why = first.results.find(({ outcome }) => outcome === 'unsupported')?.actual ?? '';
  return `${first.label} cannot be checked (${why}), and no port, http, process or command check shows that it works`;
}

function noteHeld(held: Held, judgements: readonly Judgement[], attempts: number, waited: number): void {
  for (const result of judgements.flatMap(({ results }) => results)) {
    const key = keyOf(result);
    if (result.outcome !== 'passed') held.delete(key);
    else if (!held.has(key)) held.set(key, { attempts, waited });
  }
}

function keyOf({ check, attribute }: CheckResult): string {
  return `${check}: ${attribute}`;
}

function describe({ failing, unanswerable }: Observation): string {
  if (failing.length === 0 && unanswerable !== undefined) return unanswerable;
  return failing.length === 0 ? 'all checks pass' : `failing: ${failing.join(', ')}`;
}

/** The last round's answers, with the one that did not stay up made a failure, and how long each took. */
function finish(
  judgements: readonly Judgement[],
  verdict: Verdict,
  held: Held,
  whole: { attempts: number; waited: number },
): Judgement[] {
  const unstable = verdict.state === 'unhealthy' ? verdict.unstable : undefined;
  return judgements.map((judgement) => ({
    ...judgement,
    results: judgement.results.map((result) => {
      const isUnstable = judgement.label === unstable?.label && result.attribute === 'running';
      if (!isUnstable) return { ...result, ...(held.get(keyOf(result)) ?? whole) };
      return { ...result, ...whole, outcome: 'failed', actual: unstableActual(result, unstable.remark) };
    }),
  }));
}

function unstableActual({ outcome, actual }: CheckResult, remark: string): string {
  return outcome === 'passed' ? `false (up just now, but ${remark})` : `${actual}, ${remark}`;
}
