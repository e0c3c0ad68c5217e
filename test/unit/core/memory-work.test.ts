import { existsSync } from 'node:fs';
import { lstat, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { memoryHome, memoryWork } from '../../../src/core/memory-work.ts';
import { suite } from '../../support/suite.ts';

const test = suite('temporary files in memory');
const GIB = 1024 ** 3;

test('there is a folder of this user alone when memory is plenty, and none when it is not', async () => {
  const folder = await memoryWork(1000, GIB);
  if (folder === undefined)
    return assert.not((await lstat('/dev/shm').catch(() => undefined))?.isDirectory());
  assert.ok(folder.startsWith(`${memoryHome()}/work/${process.pid}.`));
  assert.is((await lstat(memoryHome())).mode & 0o777, 0o700);
  await rm(folder, { recursive: true });
  assert.is(await memoryWork(GIB / 3, GIB), undefined);
});

test('what a killed process has left there is removed', async () => {
  const left = join(memoryHome(), 'work', '4194305.1.0d2a');
  if ((await memoryWork(1000, GIB)) === undefined) return;
  await mkdir(join(left, 'stage'), { recursive: true });
  const folder = await memoryWork(1000, GIB);
  assert.not(existsSync(left));
  await rm(folder ?? '', { recursive: true });
});

test('what asks for more than the file system has gets none', async () => {
  assert.is(await memoryWork(2 ** 60, Number.POSITIVE_INFINITY), undefined);
});

test.run();
