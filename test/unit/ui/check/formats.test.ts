import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { checkLines } from '../../../../src/ui/check/check-lines.ts';
import { checkJunit } from '../../../../src/ui/check/junit.ts';
import { checkTap } from '../../../../src/ui/check/tap.ts';
import type { CheckView, ResultView } from '../../../../src/ui/check/view.ts';
import { suite } from '../../../support/suite.ts';
import { parseXml } from '../nightly/parse-xml.ts';

const test = suite('results of checks');

const PASSED: ResultView = {
  check: 'service nginx',
  attribute: 'running',
  outcome: 'passed',
  expected: 'true',
  actual: 'true',
  attempts: 2,
  waited: 512,
};
const FAILED: ResultView = {
  check: 'service shop',
  attribute: 'running',
  outcome: 'failed',
  expected: 'true',
  actual: 'false (failed, exit status 3)',
  evidence: ['journal: <cannot> bind\u001b[31m'],
  title: 'the # shop',
  attempts: 21,
  waited: 10_000,
};
const SKIPPED: ResultView = {
  check: 'file /etc/x',
  attribute: 'exists',
  outcome: 'skipped',
  expected: 'true',
  actual: 'skip: true',
};
const UNSUPPORTED: ResultView = {
  ...PASSED,
  outcome: 'unsupported',
  actual: 'this machine does not run systemd',
};

const UNHEALTHY: CheckView = {
  image: 'web@7',
  form: 'oci',
  started: '2026-11-26T02:30:00.123Z',
  healthy: false,
  reason: 'service shop has failed',
  waited: 10_000,
  rounds: 21,
  results: [PASSED, FAILED, SKIPPED],
};
/** All that was asked held, but not for long enough. */
const SHORT: CheckView = {
  ...UNHEALTHY,
  reason: 'the time of 10 s was up when service nginx had held for 1 s',
  results: [PASSED],
};
const HEALTHY: CheckView = {
  ...{ image: 'web@7', form: 'oci', started: UNHEALTHY.started, healthy: true, waited: 4100, rounds: 7 },
  results: [PASSED, UNSUPPORTED],
};

test('at a terminal: a table, what explains a failure, and the verdict', () => {
  const explained = ['✗ service shop: running — expected true', '    journal: cannot bind\u001b[31m'];
  assert.equal(checkLines(UNHEALTHY, explained), [
    '   CHECK          ATTRIBUTE  EXPECTED  ACTUAL                         WAITED  ROUNDS',
    '✔  service nginx  running    true      true                            0.5 s       2',
    '✗  service shop   running    true      false (failed, exit status 3)  10.0 s      21',
    '↓  file /etc/x    exists     true      skip: true',
    '',
    '✗ service shop: running — expected true',
    '    journal: cannot bind',
    '',
    '✗ web@7 (oci) is not healthy: 1 passed, 1 failed, 1 skipped in 10.0 s; service shop has failed',
  ]);
  assert.is(checkLines(HEALTHY, []).at(-1), '✔ web@7 (oci) is healthy: 1 passed, 1 unsupported in 4.1 s');
  assert.equal(checkLines({ ...HEALTHY, results: [], waited: 0 }, []), [
    '✔ web@7 (oci) is healthy: there are no checks in 0.0 s',
  ]);
});

test('a long value is cut in the table', () => {
  const long = { ...FAILED, actual: 'x'.repeat(300) };
  const [, row = ''] = checkLines({ ...UNHEALTHY, results: [long] }, []);
  assert.ok(row.includes(`${'x'.repeat(35)}…`));
});

test('TAP: a point for each attribute, with what is known of a failure', () => {
  assert.equal(checkTap(UNHEALTHY).split('\n'), [
    'TAP version 14',
    '1..3',
    'ok 1 - service nginx: running',
    'not ok 2 - service shop: running (the \\# shop)',
    '  ---',
    '  expected: "true"',
    '  actual: "false (failed, exit status 3)"',
    '  waited_ms: 10000',
    '  attempts: 21',
    '  evidence: ["journal: <cannot> bind\\u001b[31m"]',
    '  ...',
    'ok 3 - file /etc/x: exists # SKIP skip: true',
    '',
  ]);
  assert.match(
    checkTap(HEALTHY),
    '\nok 2 - service nginx: running # SKIP unsupported: this machine does not',
  );
  assert.match(checkTap({ ...HEALTHY, results: [] }), '\n1..0 # SKIP there are no checks\n');
});

test('JUnit: a case for each attribute, with what explains a failure, and no more than XML has a place for', () => {
  const text = checkJunit(UNHEALTHY);
  assert.match(
    text,
    '<testsuite name="bake check web@7" tests="3" failures="1" errors="0" skipped="1" time="10.000" timestamp="2026-11-26T02:30:00">',
  );
  assert.match(text, '<testcase classname="service nginx" name="running" time="0.512"/>');
  assert.match(
    text,
    '<testcase classname="service shop" name="running (the # shop)" time="10.000"><failure type="CHECK_FAILED" message="expected true, actual false (failed, exit status 3)">asked in 21 rounds\njournal: &lt;cannot&gt; bind</failure></testcase>',
  );
  assert.match(text, '<skipped message="skip: true"/>');
  assert.ok(parseXml(text));
});

test('what is not healthy without a check that fails is not green in any format', () => {
  assert.match(checkTap(SHORT), `\nnot ok 2 - web@7 is healthy\n  ---\n  reason: "${SHORT.reason}"`);
  assert.match(checkJunit(SHORT), ' failures="1" ');
  assert.match(checkJunit(SHORT), `<failure type="CHECK_FAILED" message="${SHORT.reason}">`);
  assert.match(checkLines(SHORT, []).at(-1) ?? '', /^✗ .* had held for 1 s$/);
});

test('no text of a machine breaks a format', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  fc.assert(
    fc.property(text, text, text, (check, actual, line) => {
      const results = [{ ...FAILED, check, actual, evidence: [line] }];
      const view = { ...UNHEALTHY, results };
      assert.ok(parseXml(checkJunit(view)));
      const lines = checkTap(view).trimEnd().split('\n');
      assert.is(lines.length, 10);
      assert.not.match(lines.join(''), /[\p{Cc}\u2028-\u202e]/u);
      assert.match(lines[2] ?? '', /^not ok 1 - ([^#\\]|\\.)*$/);
    }),
    { numRuns: 500, examples: [['x', '\u009b31m', 'a\u2028b']] },
  );
});

test.run();
