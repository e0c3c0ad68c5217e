import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Probe } from '../../../src/health/checks.ts';
import {
  beginProbe,
  nextRound,
  type Observation,
  observe,
  type ProbeState,
  type Verdict,
} from '../../../src/health/probe.ts';
import type { UnitLife } from '../../../src/health/restarts.ts';
import type { Answer } from '../../../src/health/watch.ts';
import { suite } from '../../support/suite.ts';

const test = suite('the probe');

const RULES: Probe = {
  'start-period': 0,
  timeout: 10_000,
  interval: 500,
  'success-threshold': 3,
  'stable-for': 3000,
};

const LABELS = ['service a', 'port tcp:80', 'file /x'];

/** A probe of three checks with the same rules. */
function begin(rules: Probe): ProbeState {
  return beginProbe(new Map(LABELS.map((label) => [label, { label, rules }])), 0);
}

interface Changes extends Omit<Answer, 'failing'> {
  readonly answeredAt?: number;
  readonly failing?: readonly string[];
}

/** A round that asks all; what it says beside `failing` is of the service. */
function round(at: number, changes: Changes = {}): Observation {
  const { answeredAt = at + 10, failing = [], life, ...rest } = changes;
  const unit = life === undefined ? rest : { restarts: life.restarts, ...rest, life };
  const answers = LABELS.map(
    (label) => [label, { failing: failing.includes(label), ...(label === 'service a' ? unit : {}) }] as const,
  );
  return { askedAt: at, answeredAt, answers: new Map(answers) };
}

/** Feeds rounds until the verdict; gives it and the time of it. */
function run(rules: Probe, rounds: readonly Observation[]): { verdict: Verdict; at: number } {
  let state = begin(rules);
  let at = 0;
  for (const seen of rounds) {
    const next = observe(state, seen);
    state = next.state;
    at = seen.answeredAt;
    if (next.verdict.state !== 'waiting') return { verdict: next.verdict, at };
  }
  return { verdict: { state: 'waiting' }, at };
}

function every(interval: number, until: number, make: (at: number) => Observation): Observation[] {
  return Array.from({ length: Math.floor(until / interval) + 1 }, (_, index) => make(index * interval));
}

const milliseconds = (max: number) => fc.integer({ min: 0, max });

const reasonOf = (verdict: Verdict) => (verdict.state === 'unhealthy' ? verdict.reason : verdict.state);

test('what holds from the first round is healthy once stable-for has passed', () => {
  const { verdict, at } = run(
    RULES,
    every(500, 9000, (time) => round(time)),
  );
  assert.is(verdict.state, 'healthy');
  // The first answer came at 10 ms, so the round of 3,000 ms is just short of three seconds.
  assert.is(at, 3510);
});

test('without stable-for the threshold alone decides, and one is one', () => {
  const rounds = every(500, 9000, (time) => round(time));
  assert.is(run({ ...RULES, 'stable-for': 0 }, rounds).at, 1010);
  assert.is(run({ ...RULES, 'stable-for': 0, 'success-threshold': 1 }, rounds).at, 10);
});

test('the threshold is waited for when it takes longer than stable-for', () => {
  const rounds = every(500, 9000, (time) => round(time));
  assert.is(run({ ...RULES, 'stable-for': 100, 'success-threshold': 5 }, rounds).at, 2010);
});

test('a failure starts the count again', () => {
  const rounds = every(500, 9000, (time) => round(time, { failing: time === 2000 ? ['port tcp:80'] : [] }));
  assert.is(run(RULES, rounds).at, 6010);
});

test('a restart between two good rounds starts the count again', () => {
  const rounds = every(500, 9000, (time) =>
    round(time, {
      life: time < 2000 ? { pid: 1, restarts: 0, since: '5' } : { pid: 2, restarts: 1, since: '1999' },
    }),
  );
  assert.is(run(RULES, rounds).at, 5510);
});

test('the same pid does not hide a restart', () => {
  const rounds = every(500, 9000, (time) =>
    round(time, { life: { pid: 7, restarts: 0, since: time < 2000 ? '5' : '6' } }),
  );
  assert.is(run(RULES, rounds).at, 5510);
});

test('a failed unit is the end at once, and says why', () => {
  const rounds = [round(0), round(500, { failing: ['service a'], final: 'service a has failed' })];
  const { verdict, at } = run(RULES, rounds);
  assert.is(reasonOf(verdict), 'service a has failed');
  assert.is(at, 510);
});

test('within the start period a failed unit is waited for, and after it no more', () => {
  const rules = { ...RULES, 'start-period': 2000 };
  const failed = (time: number) => round(time, { failing: ['service a'], final: 'service a has failed' });
  assert.is(run(rules, every(500, 9000, failed)).at, 2010);
  assert.is(
    run(
      rules,
      every(500, 9000, (time) => (time < 1500 ? failed(time) : round(time))),
    ).verdict.state,
    'healthy',
  );
});

test('a unit that restarts each second is a crash loop at its third restart, though it is always up', () => {
  const rounds = every(500, 9000, (time) => {
    const restarts = Math.floor(time / 1000);
    return round(time, { life: { pid: restarts + 100, restarts, since: String(restarts) } });
  });
  const { verdict, at } = run(RULES, rounds);
  assert.is(reasonOf(verdict), 'service a does not stay up: restarted 3 times in 3 s');
  assert.equal(verdict.state === 'unhealthy' && verdict.unstable, {
    key: 'service a',
    remark: 'restarted 3 times in 3 s',
  });
  assert.is(at, 3010);
});

test('restarts that systemd does not count are seen by the new life', () => {
  const rounds = every(500, 9000, (time) => {
    const pid = 100 + Math.floor(time / 1000);
    return round(time, { life: { pid, restarts: 0, since: String(pid) } });
  });
  assert.match(reasonOf(run(RULES, rounds).verdict), /restarted 3 times/);
});

test('a unit that never comes up is a crash loop by its count', () => {
  const rounds = every(500, 9000, (time) =>
    round(time, { failing: ['service a'], restarts: Math.floor(time / 1000) }),
  );
  assert.is(run(RULES, rounds).at, 3010);
});

test('restarts from before the probe or within the start period do not count', () => {
  const life = (time: number) => {
    const restarts = 40 + Math.min(4, Math.floor(time / 500));
    return { pid: restarts, restarts, since: String(restarts) };
  };
  const rounds = every(500, 9000, (time) => round(time, { life: life(time) }));
  assert.match(reasonOf(run(RULES, rounds).verdict), /restarted 3 times/);
  assert.is(run({ ...RULES, 'start-period': 2000 }, rounds).verdict.state, 'healthy');
});

test('one restart and no more time is told as that', () => {
  const rounds = every(500, 10_000, (time) =>
    round(time, { life: { pid: time < 8000 ? 1 : 2, restarts: 0, since: '' } }),
  );
  const { verdict } = run({ ...RULES, 'stable-for': 9000 }, rounds);
  assert.is(reasonOf(verdict), 'service a does not stay up: restarted once in 10 s');
});

test('what fails to the end is named', () => {
  const { verdict, at } = run(
    RULES,
    every(500, 20_000, (time) => round(time, { failing: ['port tcp:80', 'file /x'] })),
  );
  assert.is(reasonOf(verdict), 'still failing after 10 s: port tcp:80, file /x');
  assert.is(at, 10_010);
});

test('what came up too late to be stable says how far it got', () => {
  const rounds = every(500, 10_000, (time) => round(time, { failing: time < 9000 ? ['port tcp:80'] : [] }));
  assert.match(
    reasonOf(run(RULES, rounds).verdict),
    /when port tcp:80 had held for 3 of 21 rounds and 1 s; wanted are 3 rounds and 3 s/,
  );
});

test('a machine that cannot answer is not healthy, but not at its first word', () => {
  const rounds = every(500, 9000, (time) => round(time, { unanswerable: 'no systemd' }));
  assert.equal(run(RULES, rounds), { verdict: { state: 'unhealthy', reason: 'no systemd' }, at: 1010 });
});

/** When a probe is done whose rounds all pass and each take as long; and how many rounds it asked. */
function waitsFor(rules: Probe, took: number): { at: number; rounds: number } {
  let state = begin(rules);
  for (let askedAt = 0, rounds = 1; ; rounds++) {
    const seen = round(askedAt, { answeredAt: askedAt + took });
    const next = observe(state, seen);
    state = next.state;
    if (next.verdict.state !== 'waiting') return { at: seen.answeredAt, rounds };
    askedAt = seen.answeredAt + nextRound(state, seen).pause;
  }
}

test('rounds are asked at the interval, and the one that decides as soon as it can', () => {
  const seen = round(0);
  const { state } = observe(begin(RULES), seen);
  assert.equal(nextRound(state, seen), { pause: 500, ask: LABELS });
  // since 100 ms; asked at 600, 1200 and so on to 3000, and then at 3101
  assert.equal(waitsFor(RULES, 100), { at: 3201, rounds: 7 });
});

test('a slow round that could not decide does not stand in the way of the one that does', () => {
  // since 1200 ms; asked at 1700 and at 4201, and not at 3400, which would last until 4600
  assert.equal(waitsFor(RULES, 1200), { at: 5401, rounds: 3 });
});

test('rounds that only the threshold wants keep their interval, and none is asked when the time is up', () => {
  assert.equal(waitsFor({ ...RULES, 'stable-for': 0 }, 100), { at: 1300, rounds: 3 });
  const late = round(9900, { failing: ['port tcp:80'] });
  assert.is(nextRound(observe(begin(RULES), late).state, late).pause, 90);
});

test('leaving rounds out never makes a probe longer', () => {
  const took = fc.integer({ min: 1, max: 900 });
  fc.assert(
    fc.property(milliseconds(4000), took, milliseconds(3000), (stable, took, interval) => {
      const rules = { ...RULES, timeout: 60_000, interval, 'stable-for': stable };
      const longest = stable + 6 * (interval + took);
      const rounds = every(interval + took, longest, (at) => round(at, { answeredAt: at + took }));
      const atInterval = run(rules, rounds);
      assert.is(atInterval.verdict.state, 'healthy');
      const { at } = waitsFor(rules, took);
      assert.ok(at <= atInterval.at + 1, `${at} instead of ${atInterval.at}`);
    }),
    { numRuns: 1000 },
  );
});

/** What is asked in each round of a probe by its own plan, until the verdict; each round takes no time. */
function asked(
  rules: Readonly<Record<string, Partial<Probe>>>,
  failing: (label: string, at: number) => boolean = () => false,
): { verdict: Verdict; rounds: { at: number; ask: readonly string[] }[] } {
  const checks = Object.entries(rules).map(
    ([label, own]) => [label, { label, rules: { ...RULES, ...own } }] as const,
  );
  let state = beginProbe(new Map(checks), 0);
  const rounds: { at: number; ask: readonly string[] }[] = [];
  for (let at = 0, ask: readonly string[] = Object.keys(rules); ; ) {
    rounds.push({ at, ask });
    const answers = new Map(ask.map((label) => [label, { failing: failing(label, at) }]));
    const next = observe(state, { askedAt: at, answeredAt: at, answers });
    if (next.verdict.state !== 'waiting') return { verdict: next.verdict, rounds };
    state = next.state;
    const { pause, ask: then } = nextRound(state, { askedAt: at, answeredAt: at });
    at += pause;
    ask = then;
  }
}

test('a check with an interval of its own is asked less often, and in the round that decides', () => {
  const { verdict, rounds } = asked({ quick: {}, dear: { interval: 2000, 'success-threshold': 2 } });
  assert.is(verdict.state, 'healthy');
  assert.equal(
    rounds.filter(({ ask }) => ask.includes('dear')).map(({ at }) => at),
    [0, 2000, 3001],
  );
  assert.equal(
    rounds.map(({ at }) => at),
    [0, 500, 1000, 1500, 2000, 2500, 3000, 3001],
  );
  assert.equal(rounds.at(-1)?.ask, ['quick', 'dear']);
});

test('a check may take longer than the others, which must be up when their own time is', () => {
  const slow = { slow: { timeout: 30_000 }, quick: {} };
  assert.is(asked(slow, (label, at) => label === 'slow' && at < 20_000).verdict.state, 'healthy');
  const late = asked(slow, (label, at) => label === 'quick' && at < 9000);
  assert.match(reasonOf(late.verdict), /^the time of 10 s was up when quick had held for/);
  const gone = asked(slow, (label, at) => (label === 'slow' ? at < 20_000 : at > 15_000));
  assert.is(reasonOf(gone.verdict), 'still failing after 10 s: quick');
  assert.is(gone.rounds.at(-1)?.at, 15_500);
});

test('a check that is asked seldom is still asked when its time is up', () => {
  const { verdict, rounds } = asked({ seldom: { interval: 7000, timeout: 9000 } }, () => true);
  assert.is(reasonOf(verdict), 'still failing after 9 s: seldom');
  assert.equal(
    rounds.map(({ at }) => at),
    [0, 7000, 9000],
  );
});

test('the threshold, stable-for and start period of a check are its own', () => {
  const one = { 'success-threshold': 1, 'stable-for': 0 };
  assert.equal(asked({ a: one, b: one }).rounds.length, 1);
  assert.is(asked({ a: one, b: { ...one, 'stable-for': 5000 } }).rounds.at(-1)?.at, 5000);
  assert.is(asked({ a: one, b: { ...one, 'success-threshold': 5 } }).rounds.length, 5);
  const state = beginProbe(
    new Map([
      ['patient', { label: 'patient', rules: { ...RULES, 'start-period': 5000 } }],
      ['strict', { label: 'strict', rules: RULES }],
    ]),
    0,
  );
  const failed = (key: string) => ({
    askedAt: 0,
    answeredAt: 100,
    answers: new Map([[key, { failing: true, final: `${key} has failed` }]]),
  });
  assert.is(observe(state, failed('patient')).verdict.state, 'waiting');
  assert.is(reasonOf(observe(state, failed('strict')).verdict), 'strict has failed');
});

test('what was not asked in a round is not believed in it', () => {
  const one = { ...RULES, 'success-threshold': 1, 'stable-for': 0 };
  const state = beginProbe(new Map(['a', 'b'].map((label) => [label, { label, rules: one }])), 0);
  const ask = (keys: string[], at: number) => ({
    askedAt: at,
    answeredAt: at,
    answers: new Map(keys.map((key) => [key, { failing: key === 'b' && at === 0 }])),
  });
  const first = observe(state, ask(['a', 'b'], 0));
  const second = observe(first.state, ask(['b'], 500));
  assert.is(second.verdict.state, 'waiting');
  assert.equal(nextRound(second.state, ask(['b'], 500)), { pause: 0, ask: ['a', 'b'] });
  assert.is(observe(second.state, ask(['a', 'b'], 500)).verdict.state, 'healthy');
});

/** A unit that is up from the first of its starts, and dies and is back `gap` ms later at each of the others. */
function lifeAt(starts: readonly number[], gap: number, counts: boolean, time: number): UnitLife | undefined {
  const past = starts.filter((start) => start <= time);
  const last = past.at(-1);
  if (last === undefined || starts.some((start) => start > time && time >= start - gap)) return undefined;
  return { pid: last % 5, restarts: counts ? past.length - 1 : 0, since: String(last) };
}

const UNITS = ['service a', 'service b', 'service c'];

const unit = fc.record({
  starts: fc.array(milliseconds(20_000), { minLength: 1, maxLength: 4 }),
  gap: milliseconds(300),
  counts: fc.boolean(),
  /** When something else about it fails, for 400 ms. */
  outages: fc.array(milliseconds(20_000), { maxLength: 2 }),
  rules: fc.record({
    'start-period': milliseconds(4000),
    timeout: fc.integer({ min: 15_000, max: 25_000 }),
    interval: fc.integer({ min: 1, max: 3000 }),
    'success-threshold': fc.integer({ min: 1, max: 5 }),
    'stable-for': milliseconds(5000),
  }),
});

/** Up to three units with rules of their own, and how long it takes to ask, to answer and too long to wait. */
const scenario = fc.record({
  units: fc.array(unit, { minLength: 1, maxLength: UNITS.length }),
  delays: fc.array(fc.tuple(milliseconds(400), milliseconds(400), milliseconds(200)), {
    minLength: 60,
    maxLength: 60,
  }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer Given> ? Given : never;

interface Look {
  readonly at: number;
  readonly good: boolean;
}

interface Played {
  readonly verdict: Verdict;
  /** When the verdict's own look at the machine was taken. */
  readonly lookedAt: number;
  /** Of each unit. */
  readonly looks: readonly (readonly Look[])[];
}

/** Plays a world to a probe on a clock of its own; each look happens somewhere between the question and the answer. */
function play({ units, delays }: Scenario, probe: typeof observe = observe): Played {
  const checks = units.map(({ rules }, index) => [UNITS[index] ?? '', { label: 'unit', rules }] as const);
  let state = beginProbe(new Map(checks), 0);
  let now = 0;
  let ask: readonly string[] = checks.map(([key]) => key);
  const looks: Look[][] = units.map(() => []);
  for (const [before, after, late] of delays) {
    const at = now + before;
    const answers = new Map(
      ask.map((key): [string, Answer] => {
        const index = UNITS.indexOf(key);
        const { starts = [], gap = 0, counts = false, outages = [] } = units[index] ?? {};
        const life = lifeAt(
          [...starts].sort((a, b) => a - b),
          gap,
          counts,
          at,
        );
        const out = outages.some((outage) => outage <= at && at < outage + 400);
        const failing = life === undefined || out;
        looks[index]?.push({ at, good: !failing });
        return [key, { failing, ...(life === undefined ? {} : { life, restarts: life.restarts }) }];
      }),
    );
    const moment = { askedAt: now, answeredAt: at + after };
    const next = probe(state, { ...moment, answers });
    state = next.state;
    if (next.verdict.state !== 'waiting') return { verdict: next.verdict, lookedAt: at, looks };
    const then = nextRound(state, moment);
    now = moment.answeredAt + then.pause + late;
    ask = then.ask;
  }
  return { verdict: { state: 'waiting' }, lookedAt: now, looks };
}

/** No unit was restarted within its `stable-for` before the look that made it healthy. */
function neverUpAfterRestart(probe: typeof observe, onHealthy: () => void) {
  return fc.property(scenario, (given) => {
    const { verdict, lookedAt } = play(given, probe);
    if (verdict.state !== 'healthy') return;
    onHealthy();
    for (const { starts, rules } of given.units) {
      const inside = starts.filter((start) => start > lookedAt - rules['stable-for'] && start <= lookedAt);
      assert.equal(inside, []);
    }
  });
}

test('no sequence with a restart inside stable-for ever counts as up', () => {
  let healthy = 0;
  fc.assert(
    neverUpAfterRestart(observe, () => (healthy += 1)),
    { numRuns: 3000 },
  );
  assert.ok(healthy > 300, `only ${healthy} of 3000 were healthy: the property shows nothing`);
});

test('that property finds a probe that only asks whether units are up', () => {
  const blind: typeof observe = (state, seen) => {
    const answers = [...seen.answers].map(([key, { failing }]) => [key, { failing }] as const);
    return observe(state, { ...seen, answers: new Map(answers) });
  };
  const found = fc.check(
    neverUpAfterRestart(blind, () => {}),
    { numRuns: 3000 },
  );
  assert.ok(found.failed);
});

test('nothing counts as up that failed within stable-for or within the last rounds of the threshold', () => {
  fc.assert(
    fc.property(scenario, (given) => {
      const { verdict, lookedAt, looks } = play(given);
      if (verdict.state !== 'healthy') return;
      for (const [index, { rules }] of given.units.entries()) {
        const own = looks[index] ?? [];
        assert.is(own.at(-1)?.at, lookedAt);
        assert.ok(own.filter(({ at }) => at > lookedAt - rules['stable-for']).every(({ good }) => good));
        assert.ok(own.length >= rules['success-threshold']);
        assert.ok(own.slice(-rules['success-threshold']).every(({ good }) => good));
      }
    }),
    { numRuns: 2000 },
  );
});

test('no check is asked before its interval is over, but for the round that decides or when time is up', () => {
  fc.assert(
    fc.property(scenario, ({ units, delays }) => {
      const steady = units.map((one) => ({ ...one, starts: [0], outages: [] }));
      const { verdict, looks } = play({ units: steady, delays });
      if (verdict.state !== 'healthy') return;
      for (const [index, { rules }] of steady.entries()) {
        const times = (looks[index] ?? []).slice(0, -1).map(({ at }) => at);
        for (const [n, at] of times.slice(1).entries()) {
          if (at < rules.timeout) assert.ok(at - (times[n] ?? 0) >= rules.interval);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test.run();
