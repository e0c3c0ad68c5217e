import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { loadGossFile } from '../../src/config/goss-files.ts';
import { realRootOf } from '../../src/config/real-root.ts';
import { Scope } from '../../src/core/scope.ts';
import type { Checks } from '../../src/health/checks.ts';
import { gather } from '../../src/health/gather.ts';
import { KINDS } from '../../src/health/kinds.ts';
import { planChecks } from '../../src/health/plan-checks.ts';
import type { CheckResult } from '../../src/health/result.ts';
import type { Machine } from '../../src/platforms/platform.ts';
import { MATCHERS } from '../support/check-cases.ts';
import { checkTable, tableChecks } from '../support/check-table.ts';
import { countingExecs } from '../support/counting-execs.ts';
import { missing } from '../support/engines.ts';
import { askGoss, installGoss, noGoss } from '../support/goss.ts';
import { AGREED, DIFFERENCES } from '../support/goss-differences.ts';
import { makeKnown } from '../support/known-machine.ts';
import { startTestMachine } from '../support/machine.ts';
import { suite } from '../support/suite.ts';

const noEngine = await missing('docker');
const test = suite('the vocabulary of goss', { skip: noEngine });

/** The checks of a goss file, which must be valid as it is. */
async function readFile(text: string, signal: AbortSignal): Promise<Checks> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-goss-'));
  try {
    await writeFile(join(folder, 'goss.yaml'), text);
    const { checks, problems } = await loadGossFile(await realRootOf(folder), 'goss.yaml', signal);
    assert.equal(problems, []);
    return checks;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One round of a file's checks, by `kind name: attribute`, and how many execs it took. */
async function ask(machine: Machine, checks: Checks, signal: AbortSignal) {
  const counting = countingExecs(machine);
  const plan = planChecks(checks);
  const inside = await gather(counting.machine, plan.fragments, signal);
  const facts = await plan.askOutside(inside, { address: machine.address, signal });
  const results = plan.judge(facts).flatMap((judgement) => judgement.results);
  return {
    execs: counting.execs(),
    results: new Map(results.map((result) => [`${result.check}: ${result.attribute}`, result])),
  };
}

function outcomes(results: ReadonlyMap<string, CheckResult>, keys: readonly string[]): Map<string, string> {
  return new Map(keys.map((key) => [key, results.get(key)?.outcome ?? 'absent']));
}

const all = (keys: readonly string[], outcome: string) => new Map(keys.map((key) => [key, outcome]));

test('every attribute of every resource passes and fails by every matcher, each set in one exec', async ({
  signal,
}) => {
  await using scope = new Scope();
  const machine = await startTestMachine(scope, { init: 'systemd', signal });
  const table = checkTable(await makeKnown(machine, signal));
  const { passing, failing } = tableChecks(table);
  for (const [set, outcome] of [
    [passing, 'passed'],
    [failing, 'failed'],
  ] as const) {
    const checks = await readFile(stringify(set.checks), signal);
    const { execs, results } = await ask(machine, checks, signal);
    const wrong = set.keys.filter((key) => results.get(key)?.outcome !== outcome);
    assert.equal(
      wrong.map((key) => `${key}: ${results.get(key)?.actual}`),
      [],
    );
    assert.equal(outcomes(results, set.keys), all(set.keys, outcome));
    assert.is(execs, 1);
  }

  const cased = new Map<string, Set<string>>();
  for (const { kind, attribute, cases } of table) {
    const key = `${kind} ${attribute}`;
    cased.set(key, new Set([...(cased.get(key) ?? []), ...cases.map(({ matcher }) => matcher)]));
  }
  for (const { name, attributes } of KINDS)
    for (const attribute of Object.keys(attributes))
      assert.equal(
        [...(cased.get(`${name} ${attribute}`) ?? [])].sort(),
        [...MATCHERS].sort(),
        `${name} ${attribute}`,
      );
});

test(
  'the real goss gives the same verdict, check by check, but for what is listed',
  async ({ signal }) => {
    await using scope = new Scope();
    const machine = await startTestMachine(scope, { init: 'systemd', signal });
    const { passing, failing } = tableChecks(checkTable(await makeKnown(machine, signal)));
    await installGoss(machine, signal);
    const files = [
      stringify(passing.checks),
      stringify(failing.checks),
      AGREED,
      ...DIFFERENCES.map(({ file }) => file),
    ];
    const found: string[] = [];
    for (const file of files) {
      const checks = await readFile(file, signal);
      const { results } = await ask(machine, checks, signal);
      const goss = await askGoss(machine, file, checks, signal);
      const keys = [...new Set([...results.keys(), ...goss.keys()])];
      for (const key of keys) {
        const [ours, theirs] = [results.get(key)?.outcome ?? 'absent', goss.get(key) ?? 'absent'];
        if (ours !== theirs) found.push(`${key}: goss ${theirs}, Kiln ${ours}`);
      }
    }
    const listed = DIFFERENCES.flatMap(({ differs }) => differs);
    const isListed = (line: string) =>
      listed.some((one) => (typeof one === 'string' ? one === line : one.test(line)));
    assert.equal(
      found.filter((line) => !isListed(line)),
      [],
    );
    // A difference that is none any more is to be struck from the list.
    const gone = listed.filter(
      (one) => !found.some((line) => (typeof one === 'string' ? one === line : one.test(line))),
    );
    assert.equal(gone.map(String), []);
  },
  { skip: noEngine || noGoss },
);

test.run();
