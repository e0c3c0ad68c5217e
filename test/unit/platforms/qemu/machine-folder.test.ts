import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ownerLives } from '../../../../src/core/process-owner.ts';
import { makeMachineFolder } from '../../../../src/platforms/qemu/machine-folder.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('a machine’s folder');

test('says who owns it, is there once, and leaves nothing', async ({ signal }) => {
  await using home = await temporaryFolder();
  const machines = join(home.path, 'machines');
  const folder = await makeMachineFolder(machines, '3h2k-bake');
  assert.equal((await readdir(machines)).sort(), ['3h2k-bake', '3h2k-bake.owner']);
  assert.ok(await ownerLives(await readFile(join(machines, '3h2k-bake.owner'), 'utf8')));
  assert.ok(existsSync(folder.private));

  await rejects(makeMachineFolder(machines, '3h2k-bake'), { code: 'QEMU_FAILED' });
  assert.ok(existsSync(folder.path), 'another one of that name takes nothing of it');

  await writeFile(join(folder.path, 'overlay.qcow2'), '');
  await writeFile(join(folder.private, 'key'), '');
  await folder.clear(signal);
  assert.equal(await readdir(folder.path), ['private']);
  assert.not(existsSync(join(folder.private, 'key')));

  await folder.remove(signal);
  assert.equal(await readdir(machines), []);
  assert.not(existsSync(folder.private));
});

test.run();
