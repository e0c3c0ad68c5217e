import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { abandonedWork, ownWork } from '../../../src/core/own-work.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('folders for temporary files');

test('a folder is abandoned when its owner has ended, and no other is', async () => {
  await using home = await temporaryFolder();
  const own = ownWork(home.path);
  const [pid, start = '', boot = ''] = basename(own).split('.');
  assert.is(pid, String(process.pid));
  const others = [
    // the id was given to another process, in this boot or in another
    `${pid}.${Number(start) + 1}.${boot}`,
    `${pid}.${start}.${boot.replace(/^./, (first) => (first === '0' ? '1' : '0'))}`,
    `4194305.${start}.${boot}`,
  ].map((name) => join(home.path, 'work', name));
  for (const folder of [own, ...others, join(home.path, 'work', 'of-somebody')])
    await mkdir(folder, { recursive: true });
  await writeFile(join(home.path, 'work', 'a-file'), '');
  assert.equal(await abandonedWork(home.path), others.sort());
});

test('where nobody has worked nothing is abandoned', async () => {
  await using home = await temporaryFolder();
  assert.equal(await abandonedWork(home.path), []);
});

test('a process that ends leaves no empty folder, and one that is not empty', async () => {
  await using home = await temporaryFolder();
  const program = `
    const { ownWork } = await import(${JSON.stringify(new URL('../../../src/core/own-work.ts', import.meta.url).href)});
    const { mkdirSync, writeFileSync } = await import('node:fs');
    for (const home of ['empty', 'full']) mkdirSync(ownWork(${JSON.stringify(home.path)} + '/' + home), { recursive: true });
    writeFileSync(ownWork(${JSON.stringify(home.path)} + '/full') + '/file', '');`;
  const tsx = import.meta.resolve('tsx');
  await promisify(execFile)(process.execPath, ['--import', tsx, '--input-type=module', '-e', program]);
  assert.equal(await readdir(join(home.path, 'empty/work')), []);
  const [left = ''] = await readdir(join(home.path, 'full/work'));
  assert.equal(await abandonedWork(join(home.path, 'full')), [join(home.path, 'full/work', left)]);
});

test.run();
