import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { createGzip, gunzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { writeFileAtomically } from '../../../src/core/atomic-file.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('atomic file');

test('text, bytes, lines and streams are written, folders on the way included', async () => {
  await using folder = await temporaryFolder();
  async function* stream() {
    yield Buffer.from('one');
    yield Buffer.from('two');
  }
  const contents = {
    text: 'é\n',
    empty: '',
    bytes: Buffer.from([0, 255]),
    lines: ['a\n', 'b\n'],
    stream: stream(),
  };
  const expected = { text: 'é\n', empty: '', bytes: '\0\xff', lines: 'a\nb\n', stream: 'onetwo' };
  for (const [name, content] of Object.entries(contents)) {
    const file = join(folder.path, 'deep', 'down', name);
    await writeFileAtomically(file, content);
    const encoding = name === 'bytes' ? 'latin1' : 'utf8';
    assert.is(await readFile(file, encoding), expected[name as keyof typeof expected]);
    assert.is((await stat(file)).mode & 0o777, 0o644);
  }
  assert.is((await readdir(join(folder.path, 'deep/down'))).length, 5, 'no temporary file is left');
});

test('a folder that another process takes away as long as it is empty is made again', async () => {
  await using home = await temporaryFolder();
  const folder = join(home.path, 'folder');
  let over = false;
  const takeAway = async () => {
    for (; !over; await delay(1)) await rmdir(folder).catch(() => {});
  };
  const taking = takeAway();
  try {
    for (let n = 0; n < 500; n++) {
      await writeFileAtomically(join(folder, 'file'), 'whole');
      await rm(join(folder, 'file'));
    }
  } finally {
    over = true;
    await taking;
  }
});

test('what goes through a filter is written as the filter gives it', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'a.gz');
  await writeFileAtomically(file, ['a', 'b'], createGzip());
  assert.is(gunzipSync(await readFile(file)).toString(), 'ab');
});

test('the file is not there until all of it is, and the old one stays until then', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'file');
  const other = join(folder.path, 'new');
  await writeFile(file, 'old');
  async function* watched(isAsBefore: () => Promise<void>) {
    yield Buffer.from('first');
    await new Promise((done) => setTimeout(done, 20));
    await isAsBefore();
    yield Buffer.from(' second');
  }
  const keepsOld = async () => assert.is(await readFile(file, 'utf8'), 'old');
  const isAbsent = async () => assert.not(existsSync(other));
  await Promise.all([
    writeFileAtomically(file, watched(keepsOld)),
    writeFileAtomically(other, watched(isAbsent)),
  ]);
  assert.is(await readFile(file, 'utf8'), 'first second');
});

test('a source or a filter that fails leaves the old file and nothing else', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'file');
  await writeFile(file, 'old');
  async function* failing() {
    yield Buffer.from('half');
    throw new Error('the source broke');
  }
  await rejects<Error>(writeFileAtomically(file, failing()), /the source broke/);
  const filter = new Transform({
    transform: (_chunk, _encoding, done) => done(new Error('the filter broke')),
  });
  await rejects<Error>(writeFileAtomically(file, ['x'], filter), /the filter broke/);
  assert.is(await readFile(file, 'utf8'), 'old');
  assert.equal(await readdir(folder.path), ['file']);
});

test('a full disk is a DISK_FULL that names the file', async () => {
  // Every write to this device fails as a full disk does.
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  const filter = new Transform({ transform: (_chunk, _encoding, done) => done(full) });
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'file');
  const fault = await rejects(writeFileAtomically(file, 'x', filter), { code: 'DISK_FULL' });
  assert.match(fault.message, file);
  assert.is(fault.exitCode, 3);
  assert.equal(await readdir(folder.path), []);
});

test.run();
