import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { awaitUnlocked, lockHolder, withLock } from '../../../src/core/lock.ts';
import { ownerOf } from '../../../src/core/process-owner.ts';
import { sleep } from '../../../src/core/wait.ts';
import { rejects } from '../../support/rejects.ts';
import { suite } from '../../support/suite.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const test = suite('lock');

test('what is done under one lock is done one after another', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await sleep(5, signal);
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(file, signal, work)));
  assert.is(most, 1);
  assert.equal(await readdir(folder.path), [], 'nothing of the lock is left');
});

test('the result comes through, and a failure too, and both give the lock back', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  assert.is(await withLock(file, signal, async () => 42), 42);
  await rejects<Error>(
    withLock(file, signal, () => Promise.reject(new Error('no'))),
    /^no$/,
  );
  assert.not(existsSync(file));
});

test('a lock of a process that is gone is taken over', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  await writeFile(file, `${child.pid} 12345\n`);
  assert.is(await withLock(file, signal, async () => 'mine'), 'mine');
});

test('while another takes a dead lock away, nobody else does', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  await writeFile(file, '4194305 1 boot\n');
  await writeFile(`${file}.takeover`, await ownerOf(process.pid));
  const waiting = withLock(file, signal, async () => 'mine');
  await sleep(300, signal);
  assert.is(await readFile(file, 'utf8'), '4194305 1 boot\n');
  await rm(`${file}.takeover`);
  assert.is(await waiting, 'mine');
});

test('a takeover that was cut off is taken over as well', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  await writeFile(file, '4194305 1 boot\n');
  await writeFile(`${file}.takeover`, '4194306 1 boot\n');
  assert.is(await withLock(file, signal, async () => 'mine'), 'mine');
  assert.equal(await readdir(folder.path), []);
});

test('a lock is taken over when its id is another process now, even this one', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  await writeFile(file, `${process.pid} 1\n`);
  assert.is(await withLock(file, signal, async () => 'mine'), 'mine');
});

test('a lock that nobody wrote whole is taken over', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  await writeFile(file, '');
  assert.is(await withLock(file, signal, async () => 'mine'), 'mine');
});

test('whoever waits for a lock can be stopped, and leaves it to its owner', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  const stop = new AbortController();
  await withLock(file, signal, async () => {
    const held = await readFile(file, 'utf8');
    const [, start] = /\) (?:\S+ ){19}(\d+) /.exec(await readFile('/proc/self/stat', 'utf8')) ?? [];
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    assert.is(held, `${process.pid} ${start} ${boot}`);
    let ran = false;
    const waiting = withLock(file, stop.signal, async () => (ran = true));
    setTimeout(() => stop.abort(new Error('stopped')), 20);
    await rejects<Error>(waiting, /^stopped$/);
    assert.not(ran);
    assert.is(await readFile(file, 'utf8'), held);
    assert.equal(await readdir(folder.path), ['lock']);
  });
});

test('who has a lock can be asked and waited for, without taking it', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'lock');
  assert.is(await lockHolder(file), undefined);
  await writeFile(file, '4194305 1 x\n');
  assert.is(await lockHolder(file), undefined, 'its owner is gone');
  await awaitUnlocked(file, signal);
  assert.is(await readFile(file, 'utf8'), '4194305 1 x\n');
  const said: number[] = [];
  let over = false;
  const ended = withLock(file, signal, async () => {
    assert.is(await lockHolder(file), process.pid);
    const waiting = awaitUnlocked(file, signal, (owner) => said.push(owner)).then(() => (over = true));
    while (said.length === 0) await sleep(20, signal);
    assert.is(over, false);
    return { waiting };
  });
  await (await ended).waiting;
  assert.equal([over, said], [true, [process.pid]]);
});

test('a lock that cannot be made is an error, and no endless wait', async ({ signal }) => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'lock'));
  await rejects<Error>(
    withLock(join(folder.path, 'lock'), signal, async () => {}),
    /EISDIR/,
  );
});

test.run();
