import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ownerOf } from '../../../../src/core/process-owner.ts';
import { instanceAside } from '../../../../src/platforms/qemu/instance-aside.ts';
import { findLeftovers } from '../../../../src/platforms/qemu/leftovers.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { monitor, send } from './fake-monitor.ts';

const test = suite('what killed processes have left of virtual machines');

/** Removes an instance in a process that is killed the moment that its folder has another name. */
async function killWhileItRemoves(home: string, name: string): Promise<void> {
  const url = new URL('../../../../src/platforms/qemu/instance-folder.ts', import.meta.url).href;
  const program = `
    import fs from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    fs.rm = () => process.kill(process.pid, 'SIGKILL');
    syncBuiltinESMExports();
    const { removeInstanceFolder } = await import(${JSON.stringify(url)});
    await removeInstanceFolder(${JSON.stringify(home)}, ${JSON.stringify(name)}, new AbortController().signal);`;
  const tsx = import.meta.resolve('tsx');
  const child = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', program]);
  const [, killed] = await once(child, 'exit');
  assert.is(killed, 'SIGKILL');
}

test('the folder of an instance goes whose removal was cut off, and one of a living process stays', async ({
  signal,
}) => {
  await using home = await temporaryFolder();
  const instances = join(home.path, 'instances');
  const ours = instanceAside(instances);
  for (const folder of [ours, join(instances, 'kiln-prod-web-1-a'), join(instances, 'kiln-prod-web-1-b')]) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'overlay.qcow2'), 'large');
  }
  await killWhileItRemoves(home.path, 'kiln-prod-web-1-a');
  assert.is((await readdir(instances)).length, 3, 'it was killed before it had begun');
  for (const leftover of await findLeftovers(home.path, join(home.path, 'warm'))) {
    assert.match(leftover.where, `${instances}/.aside-`);
    await leftover.remove(signal);
  }
  assert.equal((await readdir(instances)).sort(), [ours.slice(instances.length + 1), 'kiln-prod-web-1-b']);
});

test('QEMU lets go of the copy that a killed process was making, and of none that is another’s', async ({
  signal,
}) => {
  await using home = await temporaryFolder();
  const [left, living] = ['kiln-prod-web-1-a', 'kiln-prod-web-2-a'].map((name) =>
    join(home.path, 'instances', name),
  ) as [string, string];
  const asked: string[] = [];
  await using _left = await fakeCopying(left, (what) => asked.push(what));
  await using _living = await fakeCopying(living, (what) => asked.push(`living ${what}`));
  await writeFile(join(left, 'copying.lock'), '4194305 1 boot\n');
  await writeFile(join(living, 'copying.lock'), await ownerOf(process.pid));
  const found = await findLeftovers(home.path, join(home.path, 'warm'));
  assert.equal(
    found.map(({ what, where }) => [what, where]),
    [['unfinished copy of the disk of an instance', left]],
  );
  await found[0]?.remove(signal);
  assert.equal(asked, ['job-cancel kiln-copy', 'job-dismiss kiln-copy', 'blockdev-del kiln-copy-target']);
  assert.equal(await findLeftovers(home.path, join(home.path, 'warm')), []);
});

test('where no QEMU runs any more there is nothing to let go of', async ({ signal }) => {
  await using home = await temporaryFolder();
  const folder = join(home.path, 'instances/kiln-prod-web-1-a');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'copying.lock'), '4194305 1 boot\n');
  const [found] = await findLeftovers(home.path, join(home.path, 'warm'));
  await found?.remove(signal);
  assert.equal(await readdir(folder), []);
});

/** A FAKE of the QEMU of an instance, which copies its disk; `on` hears what is changed. */
async function fakeCopying(folder: string, on: (what: string) => void): Promise<AsyncDisposable> {
  let job = 'running';
  let holds = true;
  return await monitor(
    folder,
    ({ execute, arguments: given, id }, socket) => {
      if (execute === 'query-jobs') {
        const jobs = job === 'dismissed' ? [] : [{ id: 'kiln-copy', status: job }];
        return send(socket, { return: jobs, id });
      }
      if (execute === 'query-named-block-nodes')
        return send(socket, { return: holds ? [{ 'node-name': 'kiln-copy-target' }] : [], id });
      if (execute === 'job-cancel') job = 'concluded';
      if (execute === 'job-dismiss') job = 'dismissed';
      if (execute === 'blockdev-del') holds = false;
      on(`${execute} ${given['id'] ?? given['node-name']}`);
      send(socket, { return: {}, id });
    },
    { name: 'jobs.sock' },
  );
}

test.run();
