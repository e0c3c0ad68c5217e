import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { instanceAside } from '../../../../src/platforms/qemu/instance-aside.ts';
import { findLeftovers } from '../../../../src/platforms/qemu/leftovers.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

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

test.run();
