import { isDeepStrictEqual } from 'node:util';
import type { StageLog } from '../../core/events.ts';
import { awaitHealthy } from '../../health/await-healthy.ts';
import type { Checks, Probe } from '../../health/checks.ts';
import type { CheckResult } from '../../health/result.ts';
import type { Machine } from '../../platforms/platform.ts';
import type { LeftOut, ProposedChecks } from './propose-checks.ts';

/** The attributes without which a check says nothing, by kind: one of them must be left. */
const LEADING: Readonly<Record<string, readonly string[]>> = {
  service: ['enabled', 'running'],
  port: ['listening'],
  user: ['exists'],
};

/** A machine has settled: what does not hold at once is not waited for. */
const ONCE: Probe = {
  'start-period': 0,
  timeout: 1,
  interval: 1,
  'success-threshold': 1,
  'stable-for': 0,
};
const STAYS: Probe = { ...ONCE, timeout: 20_000, interval: 500, 'success-threshold': 3, 'stable-for': 3000 };

/** Leaves out what does not hold in a machine that has settled, and then what does not stay so; tells why. */
export async function keepPassing(
  machine: Machine,
  proposed: ProposedChecks,
  options: { readonly log: StageLog; readonly signal: AbortSignal },
): Promise<{ readonly checks: ProposedChecks; readonly leftOut: readonly LeftOut[] }> {
  const leftOut: LeftOut[] = [];
  let checks = proposed;
  for (let probe = ONCE; ; ) {
    const report = await awaitHealthy(machine, checks as Checks, probe, options);
    if (report.healthy && probe === STAYS) return { checks, leftOut };
    if (report.healthy) {
      probe = STAYS;
      continue;
    }
    const failed = report.results.filter(({ outcome }) => outcome === 'failed');
    // Without a failure it is the verdict that does not hold: none of it can be relied on.
    const bad = failed.length > 0 ? failed : report.results;
    leftOut.push(
      ...bad.map(({ check, attribute, actual }) => ({ check: `${check}: ${attribute}`, why: actual })),
    );
    const fewer = without(checks, bad);
    if (isDeepStrictEqual(fewer, checks)) throw new Error(`${bad[0]?.check} is not among what is proposed`);
    checks = fewer;
  }
}

/** The checks less these attributes, and less the checks that say nothing then. */
export function without(
  checks: ProposedChecks,
  bad: readonly Pick<CheckResult, 'check' | 'attribute'>[],
): ProposedChecks {
  const kinds = Object.entries<Readonly<Record<string, object>>>({ ...checks }).map(([kind, named]) => {
    const kept = Object.entries(named).flatMap(([name, attributes]) => {
      const gone = bad.filter(({ check }) => check === `${kind} ${name}`).map(({ attribute }) => attribute);
      const left = Object.entries(attributes).filter(([attribute]) => !gone.includes(attribute));
      const says = left.some(([attribute]) => LEADING[kind]?.includes(attribute));
      return says ? [[name, Object.fromEntries(left)] as const] : [];
    });
    return [kind, Object.fromEntries(kept)];
  });
  return Object.fromEntries(kinds);
}
