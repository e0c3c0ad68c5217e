import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { hostTool } from '../../../src/disks/host-tool.ts';
import { type Partition, readPartitions, rootCandidates } from '../../../src/disks/partitions.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('partitions');

const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';
const ROOT_TYPE = '4f68bce3-e8cd-4db1-96e7-fbcaf984b709';

function sizes(partitions: readonly Partition[]): number[] {
  return rootCandidates(partitions).map(({ size }) => size);
}

test('a root is known by its name, then by its type, then by its size', () => {
  const named: Partition = { offset: 1, size: 1, type: LINUX, name: 'root' };
  const typed: Partition = { offset: 2, size: 2, type: ROOT_TYPE };
  const [small, large] = [3, 4].map((size): Partition => ({ offset: size, size, type: LINUX }));
  assert.equal(sizes([small as Partition, large as Partition, typed, named]), [1, 2, 4, 3]);
});

test('both kinds of table are read, in bytes; a file without one has none', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, '-odd name');
  await writeFile(file, '');
  await truncate(file, 8 * 1024 * 1024);
  assert.equal(await readPartitions(file, signal), []);
  const table = async (script: string) => {
    const input = [Buffer.from(script)];
    await hostTool('sfdisk', ['-q', './-odd name'], { signal, cwd: folder.path, input });
    return await readPartitions(file, signal);
  };
  assert.equal(await table('label: dos\nstart=2048, size=2048, type=83\n'), [
    { offset: 1048576, size: 1048576, type: '83' },
  ]);
  assert.equal(await table(`label: gpt\nstart=4096, size=2048, type=${LINUX}, name="root"\n`), [
    { offset: 2097152, size: 1048576, type: LINUX, name: 'root' },
  ]);
});

test.run();
