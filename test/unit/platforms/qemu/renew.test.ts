import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { awaitRenewer, renew } from '../../../../src/platforms/qemu/renew.ts';
import { rejects } from '../../../support/rejects.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('renewing a resumed machine');

const KEYS = {
  identity: '/nowhere',
  authorized: 'ssh-ed25519 NEW',
  hostKey: { privateKey: 'private\n', publicKey: 'ssh-ed25519 HOST' },
};

/** A guest's end of the channel: answers to what was said until there. */
async function guest(answer: (said: string, socket: Socket) => void) {
  const folder = await temporaryFolder();
  const server = createServer((socket) => {
    let said = '';
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (piece: string) => {
      said += piece;
      answer(said, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(join(folder.path, 'renew.sock'), resolve));
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('time, entropy and keys are said before it may go on', async ({ signal }) => {
  let all = '';
  await using there = await guest((said, socket) => {
    all = said;
    if (said.endsWith('go\n')) socket.end('renewed\n');
  });
  const before = Date.now() / 1000;
  await renew(there.path, KEYS, 'ssh-ed25519 OLD', 5000, signal);
  const hex = (text: string) => Buffer.from(text).toString('hex');
  const lines = new Map(all.split('\n').map((line) => line.split(/ (.*)/s) as [string, string]));
  assert.match(lines.get('entropy') ?? '', /^[0-9a-f]{512,}$/);
  assert.is(lines.get('authorized'), hex('ssh-ed25519 NEW'));
  assert.is(lines.get('hostkey'), hex('private\n'));
  assert.is(lines.get('oldkey'), hex('ssh-ed25519 OLD'));
  const [seconds = '', nanoseconds = ''] = lines.get('clock')?.split(' ') ?? [];
  const clock = Number(seconds) + Number(nanoseconds) / 1e9;
  assert.ok(Math.abs(clock - before) < 2, String(clock));
});

test('what it could not do is told, and so is silence, and its end', async ({ signal }) => {
  await using failing = await guest((_said, socket) => socket.end('failed to set the clock: no\n'));
  const fault = await rejects(renew(failing.path, KEYS, '', 5000, signal), { code: 'MACHINE_UNREACHABLE' });
  assert.match(fault.message, /it failed to set the clock: no$/);
  await using silent = await guest(() => {});
  await rejects(awaitRenewer(silent.path, 100, signal), { code: 'MACHINE_UNREACHABLE' });
  await using ending = await guest((_said, socket) => socket.destroy());
  await rejects(awaitRenewer(ending.path, 5000, signal), { code: 'MACHINE_LOST' });
});

test.run();
