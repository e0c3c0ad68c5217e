import { Fault } from '../core/fault.ts';
import type { Checks, CommonCheck, Probe } from './checks.ts';
import { type Expectation, isFalse, judge, readExpectations, skipAll } from './expect.ts';
import { always, type Entry, type Facts, type Fragment, type Kind, type Outside, type Tail } from './kind.ts';
import { KINDS } from './kinds.ts';
import type { UnitLife } from './restarts.ts';
import type { CheckResult } from './result.ts';

/** What one check came to in one round. */
export interface Judgement {
  /** Unique in a plan. */
  readonly key: string;
  readonly label: string;
  /** It shows that something works: what is not there, as it should be, does not. */
  readonly works: boolean;
  readonly results: readonly CheckResult[];
  readonly life?: UnitLife;
  readonly restarts?: number;
  readonly final?: string;
  readonly tail?: Tail;
}

/** What one round asks a machine, and what to make of its answer. */
export interface Round {
  readonly fragments: readonly Fragment[];
  askOutside(facts: Facts, outside: Outside): Promise<Facts>;
  judge(facts: Facts): readonly Judgement[];
}

/** A template's checks, read once; as a round, it asks all of them. */
export interface CheckPlan extends Round {
  /** Whether any of them shows whether something works. */
  readonly functional: boolean;
  /** Those that are asked, by their keys; `own` is what the probe does otherwise with one. */
  readonly asked: ReadonlyMap<string, { readonly label: string; readonly own: Partial<Probe> | undefined }>;
  /** A round of some of them. */
  only(keys: readonly string[]): Round;
}

interface Planned {
  readonly key: string;
  readonly kind: Kind<CommonCheck>;
  readonly label: string;
  readonly entry: Entry<CommonCheck>;
  readonly expectations: readonly Expectation[];
  /** Neither skipped nor out of sight. */
  readonly isAsked: boolean;
}

/**
 * Reads checks without touching anything; throws `CONFIG_INVALID` for a matcher or a subject that makes no sense. Of a
 * machine that nobody can enter only those are asked that can be `from` outside; the others are unsupported.
 */
export function planChecks(checks: Checks, from: 'inside' | 'outside' = 'inside'): CheckPlan {
  const planned = KINDS.flatMap((kind) => planKind(kind, checks[kind.name] ?? {}, from));
  const asked = planned.filter(({ isAsked }) => isAsked);
  return {
    ...roundOf(planned),
    functional: asked.some(({ kind, expectations }) =>
      expectations.some(({ attribute }) => attribute === kind.works),
    ),
    asked: new Map(asked.map(({ key, label, entry }) => [key, { label, own: entry.check.probe }])),
    only: (keys) => roundOf(planned.filter(({ key }) => keys.includes(key))),
  };
}

function planKind(
  kind: Kind<CommonCheck>,
  checks: Readonly<Record<string, CommonCheck>>,
  from: 'inside' | 'outside',
): Planned[] {
  return Object.entries(checks).map(([id, check], index) => {
    const label = `${kind.name} ${oneLine(id)}`;
    const key = `${kind.name}.${index}`;
    const entry = { id, check, key, subject: subjectOf(kind, label, id, check) };
    const inSight = from === 'inside' || kind.fromOutside?.(entry) === true;
    const isAsked = !check.skip && inSight;
    return { key, kind, label, entry, expectations: readExpectations(kind, label, check), isAsked };
  });
}

function roundOf(planned: readonly Planned[]): Round {
  const numbered = KINDS.flatMap((kind) => numberedIn(kind, planned));
  const groups = KINDS.map((kind) => ({
    kind,
    entries: numbered.filter((one) => one.kind === kind && one.isAsked).map(({ entry }) => entry),
  })).filter(({ entries }) => entries.length > 0);
  return {
    fragments: groups.flatMap(({ kind, entries }) => kind.ask(entries)),
    async askOutside(facts, outside) {
      const more = await Promise.all(
        groups.map(({ kind, entries }) => kind.askOutside?.(entries, facts, outside)),
      );
      return new Map([...facts, ...more.flatMap((added) => [...(added ?? [])])]);
    },
    judge: (facts) => numbered.map((one) => judgeOne(one, facts)),
  };
}

/** A kind may tell the answers of a round apart by their place among those that it asked. */
function numberedIn(kind: Kind<CommonCheck>, planned: readonly Planned[]): Planned[] {
  let index = 0;
  return planned
    .filter((one) => one.kind === kind)
    .map((one) => {
      const key = one.isAsked ? `${kind.name}.${index++}` : '';
      return { ...one, entry: { ...one.entry, key } };
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

const OUT_OF_SIGHT = always({ unsupported: 'it cannot be asked from outside' });

function judgeOne({ key, kind, label, entry, expectations, isAsked }: Planned, facts: Facts): Judgement {
  const { title, skip } = entry.check;
  if (skip) return { key, label, works: false, results: skipAll(label, expectations, title) };
  const sighting = isAsked ? kind.see(entry, facts) : OUT_OF_SIGHT;
  const lead = kind.leads ? kind.required : undefined;
  const results = judge(label, expectations, sighting, { lead, title });
  const failed = results.some(({ outcome }) => outcome === 'failed');
  const { tail } = sighting;
  return {
    key,
    label,
    works: results.some(
      ({ attribute, outcome }) =>
        attribute === kind.works && outcome === 'passed' && !isFalse(sighting.actual(attribute)),
    ),
    results,
    ...(sighting.life === undefined ? {} : { life: sighting.life }),
    // It is asked together with those of other rounds.
    ...(tail === undefined ? {} : { tail: { ...tail, key: `${key}.tail` } }),
    ...(sighting.restarts === undefined ? {} : { restarts: sighting.restarts }),
    ...(sighting.final === undefined || !failed ? {} : { final: sighting.final }),
  };
}

function oneLine(id: string): string {
  const line = id.replace(/\s+/g, ' ').trim();
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
}
