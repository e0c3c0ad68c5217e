import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import { gather } from '../../src/health/gather.ts';
import { planChecks } from '../../src/health/plan-checks.ts';
import { countingExecs } from '../support/counting-execs.ts';
import { missing } from '../support/engines.ts';
import { suite } from '../support/suite.ts';
import { testQemu } from '../support/vm-machine.ts';

const test = suite('checks in a virtual machine', {
  skip: (await missing('docker')) || (await missing('qemu')),
});

/** Fifty, of most kinds; what holds in any Debian, and one of each of three kinds that does not. */
const CHECKS = {
  service: { dbus: { running: true }, 'systemd-journald': { running: true }, nothing: { running: true } },
  port: { 'tcp:1': { listening: false }, 'udp:1': { listening: false }, 'tcp:2': { listening: true } },
  file: Object.fromEntries(
    Array.from({ length: 35 }, (_, index) => [
      `/etc/${'./'.repeat(index)}passwd`,
      { exists: true, owner: 'root' },
    ]),
  ),
  user: { root: { exists: true, uid: 0 }, nobody: { exists: true }, somebody: { exists: true } },
  group: { root: { exists: true, gid: 0 }, adm: { exists: true } },
  command: { true: { 'exit-status': 0 }, 'id -u': { 'exit-status': 0, stdout: ['0'] } },
  'kernel-param': { 'kernel.ostype': { value: 'Linux' } },
  mount: { '/': { exists: true } },
};

test('fifty are asked by one exec, and each has its answer', async ({ signal }) => {
  assert.is(Object.values(CHECKS).flatMap((kind) => Object.keys(kind)).length, 50);
  await using scope = new Scope();
  const machine = await (await testQemu(scope)).start(signal);
  const counting = countingExecs(machine);
  const plan = planChecks(CHECKS);
  const facts = await gather(counting.machine, plan.fragments, signal);
  assert.is(counting.execs(), 1);
  const failed = plan
    .judge(facts)
    .flatMap(({ results }) => results)
    .filter(({ outcome }) => outcome !== 'passed');
  assert.equal(
    failed.map(({ check, outcome }) => [check, outcome]),
    [
      ['service nothing', 'failed'],
      ['port tcp:2', 'failed'],
      ['user somebody', 'failed'],
    ],
  );
});

test.run();
