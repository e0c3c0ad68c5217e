import { Fault } from '../core/fault.ts';
import type { CommonCheck } from './checks.ts';
import type { Actual, Kind, Sighting } from './kind.ts';
import { type CompiledMatcher, compileMatcher } from './matcher.ts';
import type { CheckResult } from './result.ts';
import { show } from './show.ts';

/** One attribute's expectation; without a matcher it says nothing (an empty list). */
export interface Expectation {
  readonly attribute: string;
  readonly matcher: CompiledMatcher | undefined;
}

/** Reads all that a check expects; throws `CONFIG_INVALID` for a matcher that is none or a required one that is missing. */
export function readExpectations<Check extends CommonCheck>(
  kind: Kind<Check>,
  label: string,
  check: Check,
): Expectation[] {
  const given = check as Readonly<Record<string, unknown>>;
  if (kind.required !== undefined && given[kind.required] === undefined) {
    throw new Fault('CONFIG_INVALID', `${label}: ${kind.required} is missing`, {
      hint: `goss requires ${kind.required} of every ${kind.name} check.`,
    });
  }
  return Object.entries(kind.attributes)
    .filter(([attribute]) => given[attribute] !== undefined)
    .map(([attribute, declared]) => {
      const expected = given[attribute];
      const form = kind.form?.(attribute, check) ?? declared;
      const empty = form === 'lines' && Array.isArray(expected) && expected.length === 0;
      return {
        attribute,
        matcher: empty ? undefined : compileMatcher(expected, `${label}: ${attribute}`, form),
      };
    });
}

/** Every attribute of a check marked `skip`. */
export function skipAll(
  label: string,
  expectations: readonly Expectation[],
  title: string | undefined,
): CheckResult[] {
  return expectations.map(({ attribute, matcher }) =>
    result({ check: label, attribute, expected: matcher?.shown ?? '[]' }, 'skipped', 'skip: true', title),
  );
}

/**
 * Holds what was seen against what was expected.
 *
 * After a lead that is false or not as expected, the rest is skipped, as in goss: a file that is not there has no owner.
 */
export function judge(
  label: string,
  expectations: readonly Expectation[],
  sighting: Sighting,
  options: { readonly lead: string | undefined; readonly title: string | undefined },
): CheckResult[] {
  const results: CheckResult[] = [];
  let gone: string | undefined;
  for (const { attribute, matcher } of expectations) {
    const about = { check: label, attribute, expected: matcher?.shown ?? '[]' };
    if (gone !== undefined) {
      results.push(result(about, 'skipped', gone, options.title));
      continue;
    }
    if (matcher === undefined) {
      const hint = 'an empty list asserts nothing; write "" for empty';
      results.push(result(about, 'skipped', hint, options.title));
      continue;
    }
    const actual = sighting.actual(attribute);
    const { outcome, shown } = compare(matcher, actual);
    results.push(result(about, outcome, shown, options.title, sighting.evidence));
    if (attribute === options.lead && (outcome !== 'passed' || isFalse(actual)))
      gone = `not looked at: ${attribute} ${shown}`;
  }
  return results;
}

/** Whether what is asked for is known not to be there. */
export function isFalse(actual: Actual): boolean {
  return 'value' in actual && actual.value === false;
}

function compare(
  matcher: CompiledMatcher,
  actual: Actual,
): { outcome: 'passed' | 'failed' | 'unsupported'; shown: string } {
  if ('unsupported' in actual) return { outcome: 'unsupported', shown: actual.unsupported };
  if ('unknown' in actual) return { outcome: 'failed', shown: actual.unknown };
  const { passed, note } = matcher.test(actual.value);
  const remarks = [actual.remark, passed ? undefined : note].filter((remark) => remark !== undefined);
  const shown = remarks.length === 0 ? show(actual.value) : `${show(actual.value)} (${remarks.join('; ')})`;
  return { outcome: passed ? 'passed' : 'failed', shown };
}

function result(
  about: Pick<CheckResult, 'check' | 'attribute' | 'expected'>,
  outcome: CheckResult['outcome'],
  actual: string,
  title: string | undefined,
  evidence: readonly string[] = [],
): CheckResult {
  return {
    ...about,
    outcome,
    actual,
    ...(evidence.length > 0 ? { evidence } : {}),
    ...(title !== undefined ? { title } : {}),
  };
}
