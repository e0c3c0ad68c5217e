import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { Fault } from '../../src/core/fault.ts';
import { Scope } from '../../src/core/scope.ts';
import { sleep } from '../../src/core/wait.ts';
import type { Vm } from '../../src/platforms/platform.ts';
import { listPrivateFolders } from '../../src/platforms/private-folder.ts';
import { TCG } from '../../src/platforms/qemu/accelerator.ts';
import { qemuLauncher } from '../../src/platforms/qemu/qemu-launcher.ts';
import { processesOf } from '../../src/platforms/qemu/vm-process.ts';
import { missing } from '../support/engines.ts';
import { instanceSpec, ownEnvironment } from '../support/instance-spec.ts';
import { pageDisk } from '../support/page-disk.ts';
import { rejects } from '../support/rejects.ts';
import { suite } from '../support/suite.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

const test = suite('virtual machines whose launch fails', { skip: await missing('qemu') });
const FAST = 20;

async function opened(scope: Scope, signal: AbortSignal) {
  const vm = await pageDisk(signal);
  const folder = await temporaryFolder();
  scope.defer('folder', async () => await folder[Symbol.asyncDispose]());
  // Whoever names it by a link finds the same.
  const home = join(folder.path, 'home');
  await mkdir(join(folder.path, 'real'));
  await symlink('real', home);
  const launcher = qemuLauncher({ home, accelerator: TCG, shutDownMs: 1000 });
  const environment = ownEnvironment();
  const spec = (changes: Partial<Vm> = {}) =>
    instanceSpec({ environment, form: vm.disk.digest, init: 'systemd', vm: { ...vm, ...changes } });
  return { home, launcher, environment, vm, spec };
}

/** The folder of the one instance, once it has this file. */
async function appears(home: string, file: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const instances = join(home, 'instances');
    for (const name of await readdir(instances).catch(() => []))
      if (name.startsWith('kiln-') && existsSync(join(instances, name, file))) return join(instances, name);
    await sleep(FAST, signal);
  }
}

async function nothingIsLeft(home: string): Promise<void> {
  assert.equal(await readdir(join(home, 'instances')).catch(() => []), []);
  const ours = (await listPrivateFolders()).filter(({ of }) => of.startsWith(dirname(home)));
  assert.equal(ours, []);
  const ps = await execa('ps', ['-eo', 'args']);
  assert.not.match(ps.stdout, dirname(home));
}

test('QEMU says why it does not start, and when it is not there', async ({ signal }) => {
  await using scope = new Scope();
  const { home, launcher, vm, spec } = await opened(scope, signal);
  await using inner = new Scope();
  const { kernel } = vm.disk;
  assert.ok(kernel);
  const disk = { ...vm.disk, kernel: { ...kernel, initrd: '/proc/self/environ/no' } };
  await rejects(launcher.launch(spec({ disk }), inner, signal), { code: 'FORM_MISSING' });
  const refused = await rejects(launcher.launch(spec({ cpus: 5000 }), inner, signal), {
    code: 'QEMU_FAILED',
  });
  assert.match(refused.details.join('\n'), /CPUs|cpus/);

  const path = process.env['PATH'];
  const bin = join(home, 'bin');
  await mkdir(bin);
  for (const name of ['ssh-keygen', 'qemu-img']) await symlink(`/usr/bin/${name}`, join(bin, name));
  process.env['PATH'] = bin;
  scope.defer('path', async () => {
    process.env['PATH'] = path;
  });
  const absent = await rejects(launcher.launch(spec(), inner, signal), { code: 'HOST_TOOL_MISSING' });
  assert.match(absent.hint ?? '', 'qemu-system-x86');
  process.env['PATH'] = path;
  await inner.close();
  await nothingIsLeft(home);
});

test('a QEMU that is killed while its guest boots ends the launch at once, with how far it came', async ({
  signal,
}) => {
  await using scope = new Scope();
  const { home, launcher, spec } = await opened(scope, signal);
  await using inner = new Scope();
  const launching = rejects(launcher.launch(spec(), inner, signal), (error: Fault) => error instanceof Fault);
  const folder = await appears(home, 'console.log', signal);
  while (!/Linux version/.test(await readFile(join(folder, 'console.log'), 'utf8')))
    await sleep(FAST, signal);
  const [pid] = await processesOf(await realpath(folder));
  process.kill(pid ?? 0, 'SIGKILL');
  const killed = performance.now();
  const fault = await launching;
  assert.ok(performance.now() - killed < 5000, 'told at once');
  assert.is(fault.code, 'MACHINE_LOST');
  assert.match(fault.message, /stage: (kernel|initrd)/);
  assert.match(fault.details.join('\n'), /\[ +\d+\.\d+\] /);
  await inner.close();
  await nothingIsLeft(home);
});

test('a launch that is aborted, at whatever step, leaves nothing', async ({ signal }) => {
  await using scope = new Scope();
  const { home, launcher, spec } = await opened(scope, signal);
  for (const file of ['instance.json', 'private', 'overlay.qcow2', 'pid', 'qmp.sock', 'console.log']) {
    await using inner = new Scope();
    const controller = new AbortController();
    const launching = rejects(launcher.launch(spec(), inner, controller.signal), { code: 'INTERRUPTED' });
    await appears(home, file, signal);
    controller.abort(new Fault('INTERRUPTED', `at ${file}`));
    await launching;
    await inner.close();
    await nothingIsLeft(home);
  }
});

test('what a killed process has half launched is listed, serves nobody, and can be removed', async ({
  signal,
}) => {
  await using scope = new Scope();
  const { home, launcher, environment, vm } = await opened(scope, signal);
  for (const file of ['overlay.qcow2', 'qmp.sock']) {
    const script = join(import.meta.dirname, '../support/launch-and-wait.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, home, environment, JSON.stringify(vm)]);
    const ended = once(child, 'exit');
    const folder = await appears(home, file, signal);
    child.kill('SIGKILL');
    await ended;
    // QEMU itself may still be about to start.
    await sleep(500, signal);
    const listed = await launcher.list(environment, signal);
    assert.equal(
      listed.map(({ name, serving }) => [join(home, 'instances', name), serving]),
      [[folder, false]],
    );
    assert.is(listed[0]?.running, (await processesOf(await realpath(folder))).length > 0);
    for (const instance of listed) await launcher.remove(instance, signal);
    await nothingIsLeft(home);
  }
});

test.run();
