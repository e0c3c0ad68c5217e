import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import { readTar } from '../../../../src/core/tar/reader.ts';
import { writeTar } from '../../../../src/core/tar/writer.ts';
import { rejects } from '../../../support/rejects.ts';
import { connected, noSshServer, processes, sshServer } from '../../../support/ssh-server.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('archives over ssh', { skip: noSshServer });

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const file = (path: string, text: string, mode = 0o640): TarInput => ({
  path,
  type: 'file',
  mode,
  ...owner,
  size: text.length,
  mtime: 1,
  body: Buffer.from(text),
});

test('archives go in and come out with mode and content', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  await using folder = await temporaryFolder();
  const inside = join(folder.path, "a 'b' $c");
  const archive = [file('one', '1'), file('two', '22', 0o4755), file('-three', '')];
  await machine.upload(inside, writeTar(archive), signal);
  const members: string[] = [];
  for await (const member of readTar(machine.download(inside, signal))) {
    members.push(`${member.path} ${member.type} ${member.mode.toString(8)} ${member.size} ${member.uid}`);
  }
  const path = inside.slice(1);
  assert.equal(members.sort(), [
    `${path} directory 755 0 ${owner.uid}`,
    `${path}/-three file 640 0 ${owner.uid}`,
    `${path}/one file 640 1 ${owner.uid}`,
    `${path}/two file 4755 2 ${owner.uid}`,
  ]);
});

test('what cannot be unpacked or read is said with tar’s own words', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  await using folder = await temporaryFolder();
  const absent = (async () => {
    for await (const _piece of machine.download('/nowhere', signal));
  })();
  const fault = await rejects(absent, { code: 'FILE_MISSING' });
  assert.match(fault.details.join('\n'), 'nowhere: Cannot stat');
  async function* noise() {
    yield Buffer.alloc(10_240, 'x');
  }
  const refused = await rejects(machine.upload(folder.path, noise(), signal), { code: 'ENGINE_FAILED' });
  assert.match(refused.details.join('\n'), 'does not look like a tar archive');
});

test('a big archive comes at the pace of who reads it, and all of it', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  await using folder = await temporaryFolder();
  await machine.exec(['truncate', '-s', '50M', join(folder.path, 'big')], { signal, timeout: 5000 });
  let bytes = 0;
  let slow = 3;
  for await (const piece of machine.download(join(folder.path, 'big'), signal)) {
    bytes += piece.length;
    // longer than the silence after which a program's children are cut off
    if (slow-- > 0) await delay(900);
  }
  assert.ok(bytes > 50 * 1024 * 1024);
});

test('a reader that goes away, or is cancelled, ends the program that sends', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'big');
  await machine.exec(['truncate', '-s', '500M', path], { signal, timeout: 5000 });
  for await (const _piece of machine.download(path, signal)) break;
  const controller = new AbortController();
  const reading = (async () => {
    for await (const _piece of machine.download(path, controller.signal))
      controller.abort(new Error('enough'));
  })();
  await rejects(reading, /^enough$/);
  for (let n = 0; n < 50 && (await sending(path)) > 0; n++) await delay(100);
  assert.is(await sending(path), 0);
  assert.ok(machine.alive());
});

test('an upload that is cancelled leaves no program behind', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  await using folder = await temporaryFolder();
  const inside = join(folder.path, 'half');
  await mkdir(inside);
  const controller = new AbortController();
  async function* stuck() {
    for await (const piece of writeTar([file('one', '1')])) {
      yield piece.subarray(0, 600);
      break;
    }
    controller.abort(new Error('enough'));
    await new Promise(() => {});
  }
  await rejects(machine.upload(inside, stuck(), controller.signal), /^enough$/);
  assert.is(await sending(inside), 0);
  assert.ok((await stat(inside)).isDirectory());
});

async function sending(path: string): Promise<number> {
  return (await processes()).filter(
    ({ name, commandLine }) => name === 'tar' && commandLine.includes(path.slice(1)),
  ).length;
}

test.run();
