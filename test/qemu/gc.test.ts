import { existsSync, mkdtempSync, symlinkSync } from 'node:fs';
import { mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ownerOf } from '../../src/core/process-owner.ts';
import { Scope } from '../../src/core/scope.ts';
import { makeMachineFolder } from '../../src/platforms/qemu/machine-folder.ts';
import { processesOf } from '../../src/platforms/qemu/vm-process.ts';
import { missing } from '../support/engines.ts';
import { suite } from '../support/suite.ts';
import { runCli, startCli } from '../unit/cli/run-cli.ts';
import { startIdleQemu } from './support/idle-qemu.ts';

const test = suite('bake gc', { skip: await missing('qemu') });

function newHome(scope: Scope) {
  const path = mkdtempSync(join(tmpdir(), 'kiln-test-'));
  scope.defer('folder', () => rm(path, { recursive: true, force: true }));
  const link = `${path}.link`;
  symlinkSync(path, link);
  scope.defer('link', () => rm(link));
  // reached by a link, as /home is on many a host
  const env = { KILN_HOME: link, XDG_CACHE_HOME: join(path, 'cache') };
  return {
    path,
    machines: join(path, 'machines'),
    env,
    async gc(...args: string[]) {
      const { code, stdout, stderr } = await runCli('src/cli/bake.ts', ['gc', '--json', ...args], env);
      return { code, stderr, own: JSON.parse(stdout) as { where: string; state: string }[] };
    },
  };
}

test('a virtual machine of a killed bake goes with its QEMU and its keys, and one of a living bake runs on', async ({
  signal,
}) => {
  await using scope = new Scope();
  const home = newHome(scope);
  const living = await makeMachineFolder(home.machines, 'gc-test-living');
  scope.defer('living machine', (cleanup) => living.remove(cleanup));
  await startIdleQemu(living.path, signal);

  await using bake = startCli('test/qemu/support/own-a-machine.ts', [home.machines, 'gc-test-dead']);
  await bake.printed('it runs');
  const dead = join(home.machines, 'gc-test-dead');
  const keys = await readlink(join(dead, 'private'));
  assert.equal([(await processesOf(dead)).length, existsSync(keys)], [1, true]);
  assert.equal((await home.gc()).own, [], 'nothing of it is touched as long as its owner lives');
  bake.child.kill('SIGKILL');
  await bake.result();

  assert.equal(await processesOf(dead).then(({ length }) => length), 1, 'it outlives its owner');
  const dry = await home.gc('--dry-run');
  assert.equal(dry.own, [{ what: 'virtual machine', where: dead, state: 'found' }]);
  assert.is((await processesOf(dead)).length, 1);
  const { code, stderr, own } = await home.gc();
  assert.equal([code, stderr], [0, '']);
  assert.equal(own, [{ what: 'virtual machine', where: dead, state: 'removed' }]);
  assert.equal([await processesOf(dead), existsSync(keys)], [[], false]);
  assert.equal((await readdir(home.machines)).sort(), ['gc-test-living', 'gc-test-living.owner']);
  assert.is((await processesOf(living.path)).length, 1);
  assert.ok(existsSync(living.private));
});

test('keys and the QEMU of a machine whose folder somebody removed go', async ({ signal }) => {
  await using scope = new Scope();
  const home = newHome(scope);
  const machine = await makeMachineFolder(home.machines, 'gc-test-gone');
  scope.defer('machine', (cleanup) => machine.remove(cleanup));
  await startIdleQemu(machine.path, signal);
  await rm(home.machines, { recursive: true });
  const { own } = await home.gc();
  assert.equal(own, [
    { what: 'keys of the virtual machine gc-test-gone', where: machine.private, state: 'removed' },
  ]);
  assert.equal([await processesOf(machine.path), existsSync(machine.private)], [[], false]);
});

test('a half-made copy of a booted base goes, unless somebody is at it; a whole one, or a damaged one, stays', async () => {
  await using scope = new Scope();
  const home = newHome(scope);
  const warm = join(home.path, 'cache/kiln/warm');
  for (const name of ['half', 'half-dead', 'at-work', 'damaged']) {
    await mkdir(join(warm, name), { recursive: true });
    await writeFile(join(warm, name, 'memory'), 'cut');
  }
  await writeFile(join(warm, 'damaged', 'manifest.json'), '{');
  await writeFile(join(warm, 'half-dead.lock'), '4194305 1 boot\n');
  await writeFile(join(warm, 'at-work.lock'), await ownerOf(process.pid));
  const { own } = await home.gc();
  assert.equal(
    own.map(({ where, state }) => [state, where]),
    [
      ['removed', join(warm, 'half')],
      ['removed', join(warm, 'half-dead')],
    ],
  );
  assert.equal((await readdir(warm)).sort(), ['at-work', 'at-work.lock', 'damaged']);
});

test.run();
