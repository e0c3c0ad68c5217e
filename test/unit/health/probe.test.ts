import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Probe } from '../../../src/health/checks.ts';
import {
  beginProbe,
  type Observation,
  observe,
  pauseAfter,
  type Verdict,
} from '../../../src/health/probe.ts';
import type { UnitLife } from '../../../src/health/restarts.ts';
import { suite } from '../../support/suite.ts';

const test = suite('the probe');

const RULES: Probe = {
  'start-period': 0,
  timeout: 10_000,
  interval: 500,
  'success-threshold': 3,
  'stable-for': 3000,
};

function round(at: number, changes: Partial<Observation> & { life?: UnitLife } = {}): Observation {
  const { life, ...rest } = changes;
  const lives = new Map(life === undefined ? [] : [['service a', life]]);
  const restarts = new Map(life === undefined ? [] : [['service a', life.restarts]]);
  return { askedAt: at, answeredAt: at + 10, failing: [], restarts, lives, ...rest };
}

/** Feeds rounds until the verdict; gives it and the time of it. */
function run(rules: Probe, rounds: readonly Observation[]): { verdict: Verdict; at: number } {
  let state = beginProbe(rules, 0);
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
    label: 'service a',
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
    round(time, { failing: ['service a'], restarts: new Map([['service a', Math.floor(time / 1000)]]) }),
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
    /all had held for 3 of 21 rounds and 1 s; wanted are 3 rounds and 3 s/,
  );
});

test('a machine that cannot answer is not healthy, but not at its first word', () => {
  const rounds = every(500, 9000, (time) => round(time, { unanswerable: 'no systemd' }));
  assert.equal(run(RULES, rounds), { verdict: { state: 'unhealthy', reason: 'no systemd' }, at: 1010 });
});

/** When a probe is done whose rounds all pass and each take as long; and how many rounds it asked. */
function waitsFor(rules: Probe, took: number): { at: number; rounds: number } {
  let state = beginProbe(rules, 0);
  for (let askedAt = 0, rounds = 1; ; rounds++) {
    const seen = { ...round(askedAt), answeredAt: askedAt + took };
    const next = observe(state, seen);
    state = next.state;
    if (next.verdict.state !== 'waiting') return { at: seen.answeredAt, rounds };
    askedAt = seen.answeredAt + pauseAfter(state, seen);
  }
}

test('rounds are asked at the interval, and the one that decides as soon as it can', () => {
  const seen = round(0);
  const { state } = observe(beginProbe(RULES, 0), seen);
  assert.is(pauseAfter(state, seen), 500);
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
  assert.is(pauseAfter(observe(beginProbe(RULES, 0), late).state, late), 90);
});

test('leaving rounds out never makes a probe longer', () => {
  const took = fc.integer({ min: 1, max: 900 });
  fc.assert(
    fc.property(milliseconds(4000), took, milliseconds(3000), (stable, took, interval) => {
      const rules = { ...RULES, timeout: 60_000, interval, 'stable-for': stable };
      const longest = stable + 6 * (interval + took);
      const rounds = every(interval + took, longest, (at) => ({ ...round(at), answeredAt: at + took }));
      const atInterval = run(rules, rounds);
      assert.is(atInterval.verdict.state, 'healthy');
      const { at } = waitsFor(rules, took);
      assert.ok(at <= atInterval.at + 1, `${at} instead of ${atInterval.at}`);
    }),
    { numRuns: 1000 },
  );
});

/** A unit that is up from the first of its starts, and dies and is back `gap` ms later at each of the others. */
function world(starts: readonly number[], gap: number, counts: boolean) {
  return (time: number): Observation['lives'] => {
    const past = starts.filter((start) => start <= time);
    const last = past.at(-1);
    if (last === undefined) return new Map();
    const dead = starts.some((start) => start > time && time >= start - gap);
    if (dead) return new Map();
    return new Map([
      ['service a', { pid: last % 5, restarts: counts ? past.length - 1 : 0, since: String(last) }],
    ]);
  };
}

const scenario = fc.record({
  starts: fc.array(milliseconds(20_000), { minLength: 1, maxLength: 8 }),
  gap: milliseconds(300),
  counts: fc.boolean(),
  pauses: fc.array(fc.tuple(milliseconds(400), milliseconds(400), milliseconds(900)), {
    minLength: 60,
    maxLength: 60,
  }),
  outages: fc.array(milliseconds(20_000), { maxLength: 3 }),
  stable: milliseconds(5000),
  threshold: fc.integer({ min: 1, max: 5 }),
  startPeriod: milliseconds(4000),
});

interface Played {
  readonly verdict: Verdict;
  /** When the verdict's own look at the machine was taken. */
  readonly lookedAt: number;
  readonly looks: readonly { readonly at: number; readonly good: boolean }[];
  readonly starts: readonly number[];
}

/** Plays a world to the probe; each look at it happens somewhere between the question and the answer. */
function play(given: typeof scenario extends fc.Arbitrary<infer Given> ? Given : never): Played {
  const starts = [...new Set(given.starts)].sort((a, b) => a - b);
  const livesAt = world(starts, given.gap, given.counts);
  const rules: Probe = {
    ...RULES,
    timeout: 25_000,
    'start-period': given.startPeriod,
    'stable-for': given.stable,
    'success-threshold': given.threshold,
  };
  let state = beginProbe(rules, 0);
  let now = 0;
  const looks: { at: number; good: boolean }[] = [];
  for (const [before, after, pause] of given.pauses) {
    const at = now + before;
    const lives = livesAt(at);
    const out = given.outages.some((outage) => outage <= at && at < outage + 400);
    const failing = [...(lives.size === 0 ? ['service a'] : []), ...(out ? ['port tcp:80'] : [])];
    const restarts = new Map([...lives].map(([label, life]) => [label, life.restarts]));
    looks.push({ at, good: failing.length === 0 });
    const next = observe(state, { askedAt: now, answeredAt: at + after, failing, lives, restarts });
    state = next.state;
    if (next.verdict.state !== 'waiting') return { verdict: next.verdict, lookedAt: at, looks, starts };
    now = at + after + pause;
  }
  return { verdict: { state: 'waiting' }, lookedAt: now, looks, starts };
}

test('no sequence with a restart inside stable-for ever counts as up', () => {
  let healthy = 0;
  fc.assert(
    fc.property(scenario, (given) => {
      const { verdict, lookedAt, starts } = play(given);
      if (verdict.state !== 'healthy') return;
      healthy += 1;
      const inside = starts.filter((start) => start > lookedAt - given.stable && start <= lookedAt);
      assert.equal(inside, []);
    }),
    { numRuns: 3000 },
  );
  assert.ok(healthy > 300, `only ${healthy} of 3000 were healthy: the property shows nothing`);
});

test('nothing counts as up that failed within stable-for or within the last rounds of the threshold', () => {
  fc.assert(
    fc.property(scenario, (given) => {
      const { verdict, lookedAt, looks } = play(given);
      if (verdict.state !== 'healthy') return;
      assert.ok(looks.filter(({ at }) => at > lookedAt - given.stable).every(({ good }) => good));
      assert.ok(looks.length >= given.threshold);
      assert.ok(looks.slice(-given.threshold).every(({ good }) => good));
    }),
    { numRuns: 2000 },
  );
});

test.run();
