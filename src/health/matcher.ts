import { isDeepStrictEqual } from 'node:util';
import { Fault } from '../core/fault.ts';
import { gjsonPath, type Json } from '../core/gjson.ts';
import { goRegExp } from '../core/go-regexp.ts';
import { linePattern, linesOf } from '../core/line-patterns.ts';
import { semverConstraint } from '../core/semver.ts';
import { unpaired } from './pairing.ts';
import { show } from './show.ts';
import { asList, asNumber, asText, isMap, lengthOf, listOf, type Value } from './value.ts';

/** `lines`: text that goss reads line by line (contents, stdout, body), where a list means patterns. */
export type Form = 'value' | 'lines';

export interface MatchResult {
  readonly passed: boolean;
  /** What was missing, or why the value could not be compared. */
  readonly note?: string;
}

/** An expectation, read once and asked each round. */
export interface CompiledMatcher {
  /** For a person: `true`, `"golden"`, `gt 5`. */
  readonly shown: string;
  test(actual: Value): MatchResult;
}

/** Throws for a value that it cannot compare; that is a failure even under `not`. */
type Test = (actual: Value) => MatchResult;

/**
 * Reads an expectation in goss's language; `where` begins the message of the fault for a bad one.
 *
 * Throws `CONFIG_INVALID`.
 */
export function compileMatcher(expected: unknown, where: string, form: Form): CompiledMatcher {
  let test: Test;
  try {
    test = form === 'lines' && Array.isArray(expected) ? havePatterns(expected) : read(expected);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Fault('CONFIG_INVALID', `${where}: ${error.message}`, { cause: error });
  }
  return { shown: show(expected), test: (actual) => attempt(test, actual) };
}

function attempt(test: Test, actual: Value): MatchResult {
  try {
    return test(actual);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { passed: false, note: error.message };
  }
}

function read(expected: unknown): Test {
  if (typeof expected === 'string') return simple((actual) => asText(actual) === expected);
  if (typeof expected === 'number') return simple((actual) => asNumber(actual) === expected);
  if (typeof expected === 'boolean') return simple((actual) => actual === expected);
  if (Array.isArray(expected)) return containElements(expected, listOf);
  if (expected === null || typeof expected !== 'object') throw new Error('an expected value is missing');
  const entries = Object.entries(expected);
  const [first] = entries;
  if (first === undefined || entries.length > 1) {
    throw new Error(
      `exactly one matcher is allowed here, found ${entries.length}: ${entries.map(([name]) => name).join(', ')}`,
    );
  }
  const [name, argument] = first;
  const make = Object.hasOwn(MATCHERS, name) ? MATCHERS[name] : undefined;
  if (make === undefined)
    throw new Error(`unknown matcher "${name}"; there are ${Object.keys(MATCHERS).join(', ')}`);
  return make(argument, name);
}

const MATCHERS: Readonly<Record<string, (argument: unknown, name: string) => Test>> = {
  equal: (argument) => simple((actual) => isDeepStrictEqual(actual, argument)),
  'have-prefix': onText((text, argument) => text.startsWith(argument)),
  'have-suffix': onText((text, argument) => text.endsWith(argument)),
  'contain-substring': onText((text, argument) => text.includes(argument)),
  'match-regexp': (argument, name) => {
    const expression = goRegExp(wantText(argument, name));
    return simple((actual) => expression.test(asText(actual)));
  },
  gt: onNumber((actual, limit) => actual > limit),
  ge: onNumber((actual, limit) => actual >= limit),
  lt: onNumber((actual, limit) => actual < limit),
  le: onNumber((actual, limit) => actual <= limit),
  'have-len': (argument, name) => {
    const length = wantNumber(argument, name);
    return simple((actual) => lengthOf(actual) === length);
  },
  'have-patterns': (argument, name) => havePatterns(wantList(argument, name)),
  'have-key': (argument) => {
    const test = read(argument);
    return (actual) => {
      if (!isMap(actual)) throw new Error(`${show(actual)} is no map`);
      return someElement(test, Object.keys(actual));
    };
  },
  gjson: (argument, name) => {
    const tests = Object.entries(wantMap(argument, name)).map(([path, expected]) => inJson(path, expected));
    return (actual) => firstOr(tests, actual, (result) => !result.passed, { passed: true });
  },
  'contain-element': (argument, name) => {
    if (typeof argument === 'boolean' || Array.isArray(argument))
      throw new Error(`${name} takes a text, a number or a matcher, not ${show(argument)}`);
    const test = read(argument);
    return (actual) => someElement(test, asList(actual));
  },
  'contain-elements': (argument, name) => containElements(wantList(argument, name), asList),
  'consist-of': (argument, name) => {
    const list = wantList(argument, name);
    const contains = containElements(list, listOf);
    return (actual) => {
      const extra = listOf(actual).length - list.length;
      const contained = contains(actual);
      return contained.passed && extra > 0
        ? { passed: false, note: `${extra} more than expected` }
        : contained;
    };
  },
  'semver-constraint': (argument, name) => {
    const holds = semverConstraint(wantText(argument, name));
    return simple((actual) => {
      const versions = typeof actual === 'string' ? [actual] : listOf(actual);
      if (versions.length === 0) throw new Error('there is no version');
      return versions.map((version) => holds(asText(version))).every((passed) => passed);
    });
  },
  not: (argument) => {
    const test = read(argument);
    return (actual) => ({ passed: !test(actual).passed });
  },
  and: (argument, name) => {
    const tests = wantList(argument, name).map(read);
    return (actual) => firstOr(tests, actual, (result) => !result.passed, { passed: true });
  },
  or: (argument, name) => {
    const tests = wantList(argument, name).map(read);
    return (actual) => firstOr(tests, actual, (result) => result.passed, { passed: false });
  },
};

function simple(test: (actual: Value) => boolean): Test {
  return (actual) => ({ passed: test(actual) });
}

function onText(
  test: (text: string, argument: string) => boolean,
): (argument: unknown, name: string) => Test {
  return (argument, name) => {
    const text = wantText(argument, name);
    return simple((actual) => test(asText(actual), text));
  };
}

function onNumber(
  test: (actual: number, limit: number) => boolean,
): (argument: unknown, name: string) => Test {
  return (argument, name) => {
    const limit = wantNumber(argument, name);
    return simple((actual) => test(asNumber(actual), limit));
  };
}

/** As gomega has it: an element that cannot be compared is passed over, but not when no other one passes. */
function someElement(test: Test, elements: readonly Value[]): MatchResult {
  let wrong: unknown;
  for (const element of elements) {
    try {
      if (test(element).passed) return { passed: true };
    } catch (error) {
      wrong = error;
    }
  }
  if (wrong !== undefined) throw wrong;
  return { passed: false };
}

function inJson(path: string, expected: unknown): Test {
  const lookUp = gjsonPath(path);
  const test = read(expected);
  return (actual) => {
    if (typeof actual !== 'string') throw new Error(`${show(actual)} is no text of JSON`);
    const found = lookUp(readJson(actual));
    if (found === undefined) throw new Error(`the JSON has no ${path}`);
    const { passed, note } = test(found);
    return { passed, note: [`${path} is ${show(found)}`, ...(note === undefined ? [] : [note])].join(', ') };
  };
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Error('it is no JSON');
  }
}

function containElements(
  expected: readonly unknown[],
  elementsOf: (actual: Value) => readonly Value[],
): Test {
  const tests = expected.map(read);
  return (actual) => {
    const missing = unpaired<Value>(
      tests.map((test) => (element) => attempt(test, element).passed),
      elementsOf(actual),
    );
    if (missing.length === 0) return { passed: true };
    return { passed: false, note: `missing: ${missing.map((index) => show(expected[index])).join(', ')}` };
  };
}

function havePatterns(expected: readonly unknown[]): Test {
  const patterns = expected.map((pattern) => {
    if (pattern === null || typeof pattern === 'object')
      throw new Error('a pattern in a list is a text, not a matcher');
    return linePattern(String(pattern));
  });
  return (actual) => {
    const lines = linesOf(asText(actual));
    const wrong = patterns.filter((pattern) => !pattern.holds(lines)).map((pattern) => show(pattern.source));
    return wrong.length === 0
      ? { passed: true }
      : { passed: false, note: `does not hold: ${wrong.join(', ')}` };
  };
}

function firstOr(
  tests: readonly Test[],
  actual: Value,
  stops: (result: MatchResult) => boolean,
  otherwise: MatchResult,
): MatchResult {
  for (const test of tests) {
    const result = test(actual);
    if (stops(result)) return result;
  }
  return otherwise;
}

function wantText(argument: unknown, name: string): string {
  if (typeof argument !== 'string') throw new Error(`${name} takes a text, not ${show(argument)}`);
  return argument;
}

function wantNumber(argument: unknown, name: string): number {
  if (typeof argument !== 'number') throw new Error(`${name} takes a number, not ${show(argument)}`);
  return argument;
}

function wantMap(argument: unknown, name: string): Readonly<Record<string, unknown>> {
  if (argument === null || typeof argument !== 'object' || Array.isArray(argument))
    throw new Error(`${name} takes a map, not ${show(argument)}`);
  return argument as Readonly<Record<string, unknown>>;
}

function wantList(argument: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(argument)) throw new Error(`${name} takes a list, not ${show(argument)}`);
  return argument;
}
