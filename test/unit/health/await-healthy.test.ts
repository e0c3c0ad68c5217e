import * as assert from 'uvu/assert';
import { Fault } from '../../../src/core/fault.ts';
import { awaitHealthy, type Clock } from '../../../src/health/await-healthy.ts';
import type { Checks, Probe } from '../../../src/health/checks.ts';
import { failureLines } from '../../../src/health/failure-lines.ts';
import { withOwnProbes } from '../../../src/health/own-probes.ts';
import type { HealthReport } from '../../../src/health/result.ts';
import type { Machine } from '../../../src/platforms/platform.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { answering, type FakeFacts, machineWith } from './fake-machine.ts';

const test = suite('waiting until a machine is healthy');

const PROBE: Probe = {
  'start-period': 0,
  timeout: 10_000,
  interval: 500,
  'success-threshold': 3,
  'stable-for': 3000,
};

/** Time passes only by sleeping. */
function fakeClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += Math.max(1, ms);
    },
  };
}

async function wait(
  machine: Machine,
  checks: Checks,
  probe: Partial<Probe> = {},
): Promise<HealthReport & { log: string[] }> {
  const log: string[] = [];
  const report = await awaitHealthy(
    machine,
    checks,
    { ...PROBE, ...probe },
    {
      log: { output: (line) => log.push(line), note: (line) => log.push(line) },
      signal: new AbortController().signal,
      clock: fakeClock(),
    },
  );
  return { ...report, log };
}

function unit(state: string, sub: string, restarts = 0): string {
  return `systemd\nLoadState=loaded\nActiveState=${state}\nSubState=${sub}\nNRestarts=${restarts}\nMainPID=${100 + restarts}\nResult=${state === 'failed' ? 'exit-code' : 'success'}\nExecMainCode=1\nExecMainStatus=${state === 'failed' ? 1 : 0}\nUnitFileState=enabled\n`;
}

const processes = (...names: string[]): FakeFacts => ({
  processes: names.map((name) => `c ${name}\n`).join(''),
});
const SERVICE: Checks = { service: { app: { running: true } } };

test('a service that runs is healthy after stable-for, and the report says when', async () => {
  const report = await wait(
    answering(() => ({ units: unit('active', 'running') })),
    SERVICE,
  );
  assert.is(report.healthy, true);
  assert.is(report.rounds, 7);
  assert.is(report.waited, 3000);
  assert.equal(report.results, [
    {
      check: 'service app',
      attribute: 'running',
      outcome: 'passed',
      expected: 'true',
      actual: 'true',
      attempts: 1,
      waited: 0,
    },
  ]);
  assert.equal(failureLines(report), []);
});

test('what comes late is waited for, and what it took is told', async () => {
  const machine = answering((round) => processes(...(round < 5 ? [] : ['app'])));
  const report = await wait(machine, { process: { app: { running: true } } });
  assert.is(report.healthy, true);
  assert.is(report.results[0]?.attempts, 5);
  assert.is(report.results[0]?.waited, 2000);
  assert.equal(report.log, ['0 s: failing: process app', '2 s: all checks pass']);
});

test('a failed service ends the wait at once, with its journal', async () => {
  const machine = answering((round, program): FakeFacts => {
    if (program.includes('journalctl')) return { 'service.0.tail': 'starting\ncannot bind\n' };
    return { units: round < 3 ? unit('activating', 'start') : unit('failed', 'failed') };
  });
  const report = await wait(machine, SERVICE);
  assert.is(report.healthy, false);
  assert.is(report.rounds, 3);
  assert.is(machine.rounds(), 4);
  assert.equal(failureLines(report), [
    '✗ service app: running — expected true, actual false (failed, exit status 1), waited 1 s, 3 rounds',
    '    journal: starting',
    '    journal: cannot bind',
  ]);
});

test('a crash loop is a failure though every look at it was good', async () => {
  const machine = answering((round) => ({ units: unit('active', 'running', Math.floor(round / 2)) }));
  const report = await wait(machine, SERVICE);
  assert.is(report.healthy, false);
  assert.match(
    failureLines(report)[0] ?? '',
    /^✗ service app: running — expected true, actual false \(up just now, but restarted 3 times in 2.5 s\)/,
  );
});

test('the verdict stands when the journal cannot be had', async () => {
  const machine = answering((_, program) => {
    if (program.includes('journalctl')) throw new Fault('MACHINE_LOST', 'gone');
    return { units: unit('failed', 'failed') };
  });
  assert.is((await wait(machine, SERVICE)).healthy, false);
});

test('files and users are not watched for stable-for: one good round is enough', async () => {
  const report = await wait(
    answering((round) => ({ groups: round < 3 ? '' : 'adm:x:4:\n' })),
    { group: { adm: { exists: true } } },
  );
  assert.is(report.healthy, true);
  assert.is(report.rounds, 3);
});

test('a file must hold in the last rounds with the rest', async () => {
  const machine = answering((round) => ({ ...processes('app'), groups: round === 5 ? '' : 'adm:x:4:\n' }));
  const report = await wait(machine, {
    process: { app: { running: true } },
    group: { adm: { exists: true } },
  });
  assert.is(report.healthy, true);
  assert.is(report.rounds, 12);
});

test('no checks are no round and no results', async () => {
  const report = await wait(
    answering(() => ({})),
    {},
  );
  assert.equal([report.healthy, report.rounds, report.results], [true, 0, []]);
});

test('only skipped checks are shown and not asked', async () => {
  const report = await wait(
    answering(() => ({})),
    { process: { app: { running: true, skip: true } } },
  );
  assert.equal([report.healthy, report.rounds, report.results[0]?.outcome], [true, 0, 'skipped']);
});

test('time is up: all that fails is shown with what was expected', async () => {
  const report = await wait(
    answering(() => processes()),
    { process: { app: { running: true, title: 'the shop' }, ok: { running: false } } },
  );
  assert.is(report.healthy, false);
  assert.is(report.waited, 10_000);
  assert.equal(failureLines(report), [
    '✗ process app: running (the shop) — expected true, actual false, waited 10 s, 21 rounds',
  ]);
});

const NO_SYSTEMD = { units: '' };

test('a service on a machine without systemd is covered by another check that works', async () => {
  const machine = answering(() => ({ ...NO_SYSTEMD, ...processes('app') }), { init: 'none' });
  const report = await wait(machine, { ...SERVICE, process: { app: { running: true } } });
  assert.is(report.healthy, true);
  assert.is(report.results[0]?.outcome, 'unsupported');
});

test('alone, or with only a file beside it, it makes the machine unhealthy, with the reason', async () => {
  const machine = answering(() => ({ ...NO_SYSTEMD, groups: 'adm:x:4:\n' }), { init: 'none' });
  const report = await wait(machine, { ...SERVICE, group: { adm: { exists: true } } });
  assert.is(report.healthy, false);
  assert.is(report.rounds, 3);
  assert.equal(failureLines(report), [
    '✗ service app cannot be checked (this machine does not run systemd), and no port, http, process or command check shows that it works',
    '? service app: running — expected true, unsupported: this machine does not run systemd',
  ]);
});

test('a covering check that fails covers nothing', async () => {
  const machine = answering(() => ({ ...NO_SYSTEMD, ...processes() }), { init: 'none' });
  const report = await wait(machine, { ...SERVICE, process: { app: { running: true } } });
  assert.is(report.healthy, false);
  assert.match(failureLines(report)[0] ?? '', /^✗ process app: running/);
});

for (const away of [
  { process: { telnetd: { running: false } } },
  { port: { 'tcp:23': { listening: false } } },
  { addr: { 'tcp://127.0.0.1:23': { reachable: { not: true } } } },
] satisfies Checks[]) {
  test(`${JSON.stringify(away)} covers nothing, though it passes`, async () => {
    const facts = {
      ...processes('app'),
      sockets: '= tcp\n  sl  local_address\n',
      'addr.0.exit': '0',
      'addr.0.out': 'perl no\n',
    };
    const machine = answering(() => ({ ...NO_SYSTEMD, ...facts }), { init: 'none' });
    const report = await wait(machine, { ...SERVICE, ...away });
    assert.equal(
      report.results.map(({ outcome }) => outcome),
      ['unsupported', 'passed'],
    );
    assert.is(report.healthy, false);
  });
}

test('what explains two attributes of one check is shown once', () => {
  const about = {
    check: 'http x',
    expected: '1',
    actual: '2',
    outcome: 'failed',
    evidence: ['asked with curl'],
  } as const;
  const results = [
    { ...about, attribute: 'headers' },
    { ...about, attribute: 'body' },
  ];
  const lines = failureLines({ healthy: false, results, waited: 1000, rounds: 1 });
  assert.equal(lines, [
    '✗ http x: headers — expected 1, actual 2, waited 1 s, 1 round',
    '    asked with curl',
    '✗ http x: body — expected 1, actual 2, waited 1 s, 1 round',
  ]);
});

test('each check is asked by its own rules, in one round with those that are due', async () => {
  const programs: string[] = [];
  const machine = answering((_, program): FakeFacts => {
    programs.push(program);
    const units = [...program.matchAll(/-- (.*)/g)].flatMap(([, names = '']) => names.trim().split(' '));
    return {
      ...processes('app'),
      units: `systemd\n${units.map(() => unit('active', 'running').slice(8)).join('\n')}`,
    };
  });
  const report = await wait(machine, {
    service: {
      seldom: { running: true, probe: { interval: 2000, 'success-threshold': 2 } },
      often: { running: true },
    },
    process: { app: { running: true } },
  });
  assert.equal([report.healthy, report.rounds], [true, 8]);
  assert.is(machine.rounds(), report.rounds);
  const withBoth = programs.map((program) => (program.includes('seldom often') ? 'both' : 'often'));
  assert.equal(
    withBoth.map((asked, round) => (asked === 'both' ? round : -1)).filter((at) => at >= 0),
    [0, 4, 7],
  );
  const quick = await wait(machine, {
    process: { app: { running: true, probe: { 'success-threshold': 1, 'stable-for': 0 } } },
  });
  assert.is(quick.rounds, 1);
});

test("the end of one check shows every other's last answer, and its own journal", async () => {
  const machine = answering((round, program): FakeFacts => {
    if (program.includes('journalctl')) {
      assert.match(program, /journalctl -u dies /);
      assert.not.match(program, /journalctl -u lives /);
      return { 'service.1.tail': 'cannot bind\n' };
    }
    const dies = round < 3 ? unit('activating', 'start') : unit('failed', 'failed');
    const blocks = [...(program.includes('lives') ? [unit('active', 'running')] : []), dies];
    return { units: `systemd\n${blocks.map((block) => block.slice(8)).join('\n')}` };
  });
  const report = await wait(machine, {
    service: { lives: { running: true, probe: { interval: 5000 } }, dies: { running: true } },
  });
  assert.is(report.rounds, 3);
  assert.equal(
    report.results.map(({ check, outcome, attempts, evidence }) => [check, outcome, attempts, evidence]),
    [
      ['service lives', 'passed', 1, undefined],
      ['service dies', 'failed', 3, ['journal: cannot bind']],
    ],
  );
});

test('own rules are taken off or changed check by check', () => {
  const checks: Checks = {
    process: { a: { running: true, probe: { timeout: 9 } }, b: { running: true } },
    group: { adm: { exists: true, probe: { interval: 1 } } },
  };
  assert.equal(
    withOwnProbes(checks, () => undefined),
    {
      process: { a: { running: true }, b: { running: true } },
      group: { adm: { exists: true } },
    },
  );
  const doubled = withOwnProbes(checks, (own) => ({ ...own, timeout: 2 * (own.timeout ?? 1) }));
  assert.equal(doubled.process, { a: { running: true, probe: { timeout: 18 } }, b: { running: true } });
  assert.equal(doubled.group, { adm: { exists: true, probe: { interval: 1, timeout: 2 } } });
});

test('a machine that is lost is not an unhealthy one', async () => {
  const machine = machineWith(async () => {
    throw new Fault('MACHINE_LOST', 'gone');
  });
  await rejects(wait(machine, SERVICE), { code: 'MACHINE_LOST' });
});

test('cancelling ends the wait', async () => {
  const controller = new AbortController();
  const machine = answering((round) => {
    if (round === 2) controller.abort(new Fault('INTERRUPTED', 'stop'));
    return processes();
  });
  const options = { log: { output() {}, note() {} }, signal: controller.signal };
  await rejects(
    awaitHealthy(machine, { process: { app: { running: true } } }, { ...PROBE, interval: 1 }, options),
    {
      code: 'INTERRUPTED',
    },
  );
});

test.run();
