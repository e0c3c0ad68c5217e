import { access, cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Digest } from '../../../../src/core/digest.ts';
import { Scope } from '../../../../src/core/scope.ts';
import { createOverlay } from '../../../../src/disks/create-overlay.ts';
import { hostTool } from '../../../../src/disks/host-tool.ts';
import type { InstanceFile } from '../../../../src/platforms/qemu/instance-file.ts';
import { instanceName, makeInstanceFolder } from '../../../../src/platforms/qemu/instance-folder.ts';
import { overlayBacking } from '../../../../src/platforms/qemu/overlay-backing.ts';
import { qemuLauncher } from '../../../../src/platforms/qemu/qemu-launcher.ts';
import { processOf } from '../../../../src/platforms/qemu/vm-process.ts';
import { instanceSpec } from '../../../support/instance-spec.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('instances that are folders');
const FORM: Digest = `sha256:${'f'.repeat(64)}`;

async function opened(signal: AbortSignal) {
  const folder = await temporaryFolder();
  const home = folder.path;
  const disk = join(home, 'disk.raw');
  await hostTool('qemu-img', ['create', '-q', '-f', 'raw', disk, '1M'], { signal });
  const make = async (changes: Partial<InstanceFile>) => {
    const {
      delivery: _delivery,
      init: _init,
      vm: _vm,
      ...spec
    } = instanceSpec({
      environment: 'prod',
      form: FORM,
    });
    const file = {
      ...spec,
      disk: { file: disk, format: 'raw' as const },
      startedAt: '2026-01-01T00:00:00Z',
      ...changes,
    };
    await makeInstanceFolder(home, file);
    const path = join(home, 'instances', instanceName(file));
    await createOverlay(join(path, 'overlay.qcow2'), file.disk, signal);
    return path;
  };
  const launcher = qemuLauncher({ home });
  return {
    home,
    disk,
    make,
    launcher,
    [Symbol.asyncDispose]: async () => await folder[Symbol.asyncDispose](),
  };
}

test('are listed of one environment or of all, by template, slot and start; dead ones run nothing', async ({
  signal,
}) => {
  await using tried = await opened(signal);
  const { launcher, make } = tried;
  assert.equal(await launcher.list(undefined, signal), []);
  await make({ slot: 10 });
  await make({ environment: 'dev' });
  await make({ slot: 2, startedAt: '2026-01-03T00:00:00Z' });
  await make({ slot: 2, startedAt: '2026-01-02T00:00:00Z' });
  await make({ template: 'app' });
  const listed = await launcher.list('prod', signal);
  assert.equal(
    listed.map(({ template, slot, startedAt }) => `${template}-${slot} ${startedAt.slice(8, 10)}`),
    ['app-1 01', 'web-2 02', 'web-2 03', 'web-10 01'],
  );
  assert.ok(listed.every(({ running, serving, runs }) => !running && !serving && runs === FORM));
  assert.is((await launcher.list(undefined, signal)).length, 5);
});

test('what is broken, half made or no instance does not break the list, and is none', async ({ signal }) => {
  await using tried = await opened(signal);
  const { home, launcher, make } = tried;
  const instances = join(home, 'instances');
  const whole = await make({});
  await mkdir(join(instances, 'kiln-prod-web-1-empty'));
  await mkdir(join(instances, 'kiln-prod-web-1-damaged'));
  await writeFile(join(instances, 'kiln-prod-web-1-damaged/instance.json'), '{"environment": "prod"');
  await mkdir(join(instances, '.aside-1'));
  await cp(whole, join(instances, 'kiln-prod-web-1-copied'), { recursive: true });
  await writeFile(join(instances, 'kiln-notes'), '');
  assert.is((await launcher.list(undefined, signal)).length, 1);
  // Without its overlay it was killed before it was started.
  await rm(join(whole, 'overlay.qcow2'));
  const [listed] = await launcher.list('prod', signal);
  assert.ok(listed !== undefined && listed.runs !== FORM && !listed.running);
  await launcher.remove(listed, signal);
  await rejects(access(whole), /ENOENT/);
  await launcher.remove(listed, signal);
});

test('one whose overlay stands on another disk was not launched by us', async ({ signal }) => {
  await using tried = await opened(signal);
  const { home, disk, launcher, make } = tried;
  const path = await make({});
  assert.is(await overlayBacking(join(path, 'overlay.qcow2')), disk);
  assert.is(await overlayBacking(disk), undefined);
  const other = join(home, 'other.raw');
  await rename(disk, other);
  await createOverlay(join(path, 'overlay.qcow2'), { file: other, format: 'raw' }, signal);
  const [listed] = await launcher.list('prod', signal);
  assert.is.not(listed?.runs, FORM);
});

test('a process id that another program has is not its', async ({ signal }) => {
  await using tried = await opened(signal);
  const { launcher, make } = tried;
  const path = await make({});
  await writeFile(join(path, 'pid'), `${process.pid}\n`);
  assert.is(await processOf(path), undefined);
  const [listed] = await launcher.list('prod', signal);
  assert.ok(listed);
  await launcher.remove(listed, signal);
});

test('a dead one serves nobody: it is not entered and not published, and withdrawn as it is', async ({
  signal,
}) => {
  await using tried = await opened(signal);
  const { launcher, make } = tried;
  await make({ publish: [{ hostPort: 8080, port: 80, protocol: 'tcp' }] });
  const [dead] = await launcher.list('prod', signal);
  assert.ok(dead);
  await rejects(launcher.publish(dead, signal), { code: 'MACHINE_LOST' });
  await rejects(launcher.enter(dead, 'systemd', signal), { code: 'MACHINE_LOST' });
  await launcher.withdraw(dead, signal);
});

test('what cannot be a virtual machine is refused before anything is made', async ({ signal }) => {
  await using tried = await opened(signal);
  const { home, disk, launcher } = tried;
  await using scope = new Scope();
  const vm = { memory: 512, cpus: 1, disk: { file: disk, format: 'raw', digest: FORM } } as const;
  const spec = { environment: 'prod', form: FORM, vm };
  await rejects(launcher.launch(instanceSpec(spec), scope, signal), { code: 'CONFIG_INVALID' });
  const systemd = { ...spec, init: 'systemd' } as const;
  const { vm: _vm, ...diskless } = systemd;
  await rejects(launcher.launch(instanceSpec(diskless), scope, signal), { code: 'FORM_MISSING' });
  const gone = { ...vm, disk: { ...vm.disk, file: `${disk}.gone` } };
  const fault = await rejects(launcher.launch(instanceSpec({ ...systemd, vm: gone }), scope, signal), {
    code: 'FORM_MISSING',
  });
  assert.match(fault.message, `${disk}.gone`);
  assert.equal(await readdir(home), ['disk.raw']);
});

test.run();
