import { Fault } from '../core/fault.ts';
import type { Checks, CommonCheck } from './checks.ts';
import { type Expectation, judge, readExpectations, skipAll } from './expect.ts';
import type { Entry, Facts, Fragment, Kind, Outside, Tail } from './kind.ts';
import { KINDS } from './kinds.ts';
import type { UnitLife } from './restarts.ts';
import type { CheckResult } from './result.ts';

/** What one check came to in one round. */
export interface Judgement {
  readonly label: string;
  readonly functional: boolean;
  readonly results: readonly CheckResult[];
  readonly life?: UnitLife;
  readonly restarts?: number;
  readonly final?: string;
  readonly tail?: Tail;
}

/** A template's checks, read once: what to ask a machine, and what to make of its answer. */
export interface CheckPlan {
  /** Whether any of them shows that something works. */
  readonly functional: boolean;
  /** Whether there is anything to ask. */
  readonly empty: boolean;
  readonly fragments: readonly Fragment[];
  askOutside(facts: Facts, outside: Outside): Promise<Facts>;
  judge(facts: Facts): readonly Judgement[];
}

interface Planned {
  readonly kind: Kind<CommonCheck>;
  readonly label: string;
  readonly entry: Entry<CommonCheck>;
  readonly expectations: readonly Expectation[];
}

/** Reads checks without touching anything; throws `CONFIG_INVALID` for a matcher or a subject that makes no sense. */
export function planChecks(checks: Checks): CheckPlan {
  const planned = KINDS.flatMap((kind) => planKind(kind, checks[kind.name] ?? {}));
  const asked = planned.filter(({ entry }) => !entry.check.skip);
  const groups = KINDS.map((kind) => ({
    kind,
    entries: asked.filter((one) => one.kind === kind).map(({ entry }) => entry),
  })).filter(({ entries }) => entries.length > 0);
  return {
    functional: asked.some(({ kind, entry }) => kind.functional(entry.check)),
    empty: asked.length === 0,
    fragments: groups.flatMap(({ kind, entries }) => kind.ask(entries)),
    async askOutside(facts, outside) {
      const more = await Promise.all(
        groups.map(({ kind, entries }) => kind.askOutside?.(entries, facts, outside)),
      );
      return new Map([...facts, ...more.flatMap((added) => [...(added ?? [])])]);
    },
    judge: (facts) => planned.map((one) => judgeOne(one, facts)),
  };
}

function planKind(kind: Kind<CommonCheck>, checks: Readonly<Record<string, CommonCheck>>): Planned[] {
  let index = 0;
  return Object.entries(checks).map(([id, check]) => {
    const label = `${kind.name} ${oneLine(id)}`;
    const key = check.skip ? '' : `${kind.name}.${index++}`;
    const entry = { id, check, key, subject: subjectOf(kind, label, id, check) };
    return { kind, label, entry, expectations: readExpectations(kind, label, check) };
  });
}

function subjectOf(kind: Kind<CommonCheck>, label: string, id: string, check: CommonCheck): string {
  try {
    return kind.subject(id, check);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Fault('CONFIG_INVALID', `${label}: ${error.message}`, { cause: error });
  }
}

function judgeOne({ kind, label, entry, expectations }: Planned, facts: Facts): Judgement {
  const functional = kind.functional(entry.check);
  const { title, skip } = entry.check;
  if (skip) return { label, functional, results: skipAll(label, expectations, title) };
  const sighting = kind.see(entry, facts);
  const lead = kind.leads ? kind.required : undefined;
  const results = judge(label, expectations, sighting, { lead, title });
  const failed = results.some(({ outcome }) => outcome === 'failed');
  return {
    label,
    functional,
    results,
    ...(sighting.life === undefined ? {} : { life: sighting.life }),
    ...(sighting.tail === undefined ? {} : { tail: sighting.tail }),
    ...(sighting.restarts === undefined ? {} : { restarts: sighting.restarts }),
    ...(sighting.final === undefined || !failed ? {} : { final: sighting.final }),
  };
}

function oneLine(id: string): string {
  const line = id.replace(/\s+/g, ' ').trim();
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
}
