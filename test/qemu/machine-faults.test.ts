import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import { VM_FILES } from '../../src/platforms/qemu/qemu-command.ts';
import { processesOf } from '../../src/platforms/qemu/vm-process.ts';
import { missing } from '../support/engines.ts';
import { pageDisk } from '../support/page-disk.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';
import { testQemu } from '../support/vm-machine.ts';

const test = suite('faults of virtual machines', { skip: await missing('qemu') });

test('a kernel that panics is told at once, with the stage it came to', async ({ signal }) => {
  await using scope = new Scope();
  const { start } = await testQemu(scope);
  const vm = await pageDisk(signal);
  const kernel = { ...vm.disk.kernel, options: 'rdinit=/nothing root=PARTLABEL=nowhere console=ttyS0' };
  const disk = { ...vm.disk, kernel: kernel as NonNullable<typeof vm.disk.kernel> };
  const fault = await rejects(start(signal, { disk, cold: true }), { code: 'MACHINE_UNREACHABLE' });
  assert.match(fault.message, /does not boot \(stage: kernel\): Kernel panic - not syncing: .*root fs/);
  assert.match(fault.details.join('\n'), /Kernel panic/);
});

test('a machine that powers itself off while it boots is lost', async ({ signal }) => {
  await using scope = new Scope();
  const { start } = await testQemu(scope);
  const vm = await pageDisk(signal);
  const options = `${vm.disk.kernel?.options} systemd.unit=poweroff.target`;
  const disk = { ...vm.disk, kernel: { ...vm.disk.kernel, options } as NonNullable<typeof vm.disk.kernel> };
  const fault = await rejects(start(signal, { disk, cold: true }), { code: 'MACHINE_LOST' });
  assert.match(fault.message, /QEMU ended while the machine booted \(stage: systemd\)/);
});

test('when QEMU dies the running program is lost, and what it said at last is told', async ({ signal }) => {
  await using scope = new Scope();
  const { home, start } = await testQemu(scope);
  const machine = await start(signal);
  const folder = `${home}/machines/${machine.id}`;
  const running = machine.exec(['sh', '-c', 'echo last words > /dev/ttyS0; sleep 500'], {
    signal,
    timeout: 60_000,
  });
  const lost = rejects(running, { code: 'MACHINE_LOST' });
  while (!(await readFile(`${folder}/${VM_FILES.console}`, 'utf8')).includes('last words')) await delay(100);
  for (const pid of await processesOf(folder)) process.kill(pid, 'SIGKILL');
  const fault = await lost;
  assert.match(fault.message, /^QEMU ended, and the machine with it/);
  assert.ok(fault.details.includes('console: last words'), fault.details.join('\n'));
  await rejects(machine.exec(['true'], { signal, timeout: 60_000 }), { code: 'MACHINE_LOST' });
});

test('a program that takes the network down loses the machine in bounded time', async ({ signal }) => {
  await using scope = new Scope();
  const machine = await (await testQemu(scope)).start(signal);
  const script = 'cd /sys/class/net; for way in e*; do ip link set "$way" down; done; sleep 500';
  const started = performance.now();
  const running = machine.exec(['sh', '-c', script], { signal, timeout: 200_000 });
  const fault = await rejects(running, { code: 'MACHINE_LOST' });
  assert.ok(performance.now() - started < 90_000);
  assert.match(fault.hint ?? '', /something in it took its network/);
});

test('a machine that does not power off is told, with what its console says', async ({ signal }) => {
  await using scope = new Scope();
  const { platform, start } = await testQemu(scope, { powerOffMs: 15_000 });
  const machine = await start(signal);
  const stubborn = ['-p', 'ExecStop=/bin/sleep 1000', '-p', 'TimeoutStopSec=infinity', 'sleep', '1000'];
  const options = { signal, timeout: 60_000 };
  await machine.exec(['systemd-run', '--unit=stubborn', ...stubborn], options);
  const fault = await rejects(platform.snapshot(machine, signal), { code: 'MACHINE_NOT_READY' });
  assert.match(fault.message, /did not power off within 15 s/);
});

test.run();
