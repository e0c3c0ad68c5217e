import { readdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Fault } from '../../../../src/core/fault.ts';
import { type AwaitSshOptions, awaitSsh } from '../../../../src/platforms/ssh/await-ssh.ts';
import { newKeyText } from '../../../../src/platforms/ssh/key-pair.ts';
import { rejects } from '../../../support/rejects.ts';
import { noSshServer, type SshServer, sshServer } from '../../../support/ssh-server.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('waiting for ssh', { skip: noSshServer });

function waiting(server: SshServer, signal: AbortSignal, options: Partial<AwaitSshOptions> = {}) {
  const stillThere = async () => undefined;
  return awaitSsh(server.target, { folder: server.folder, within: 8000, stillThere, ...options }, signal);
}

test('a machine that answers later is waited for, and asked about meanwhile', async ({ signal }) => {
  await using server = await sshServer({ started: false });
  let asked = 0;
  const stillThere = async () => {
    asked++;
    return undefined;
  };
  const opening = waiting(server, signal, { stillThere });
  await delay(1000);
  await server.start();
  const machine = await opening;
  try {
    assert.ok(asked >= 2);
    assert.is((await machine.exec(['echo', 'up'], { signal, timeout: 5000 })).stdout, 'up\n');
  } finally {
    await machine.close();
  }
});

test('a key that the machine gets later lets us in', async ({ signal }) => {
  await using server = await sshServer({ authorized: false });
  const opening = waiting(server, signal);
  await delay(1000);
  await writeFile(server.authorized, `${server.publicKey}\n`);
  await (await opening).close();
});

test('what ended the machine ends the wait', async ({ signal }) => {
  await using server = await sshServer({ started: false });
  let asked = 0;
  const panic = new Fault('QEMU_FAILED', 'the kernel panicked');
  const stillThere = async () => (++asked === 3 ? panic : undefined);
  const error = await rejects(waiting(server, signal, { stillThere }), { code: 'QEMU_FAILED' });
  assert.is(error, panic);
});

test('at the deadline the last words are told, and what the caller knows', async ({ signal }) => {
  await using server = await sshServer({ started: false });
  const started = performance.now();
  const evidence = async () => ['the last line of the console'];
  const fault = await rejects(
    waiting(server, signal, { within: 1500.276214000003, evidence, unanswered: 'Look there.' }),
    {
      code: 'MACHINE_UNREACHABLE',
    },
  );
  assert.ok(performance.now() - started < 4000);
  assert.match(fault.message, 'within 1.5 s');
  assert.is(fault.hint, 'Look there.');
  assert.match(fault.details.join('\n'), 'Connection refused');
  assert.is(fault.details.at(-1), 'the last line of the console');
  assert.equal(await readdir(server.folder), []);
});

test('a key that is refused until the deadline is said to be', async ({ signal }) => {
  await using server = await sshServer({ authorized: false });
  const fault = await rejects(waiting(server, signal, { within: 1500 }), { code: 'MACHINE_UNREACHABLE' });
  assert.match(fault.message, /refused our key for .* within 1\.5 s/);
});

test('another host key ends the wait at once', async ({ signal }) => {
  await using server = await sshServer();
  const { publicKey } = await newKeyText(server.folder, signal);
  const target = { ...server.target, hostKey: publicKey };
  const started = performance.now();
  const fault = await rejects(waiting({ ...server, target }, signal), { code: 'MACHINE_UNREACHABLE' });
  assert.match(fault.message, 'its host key is not ours');
  assert.ok(performance.now() - started < 2000);
});

test('a wait that is cancelled ends at once, with the reason', async () => {
  await using server = await sshServer({ started: false });
  const controller = new AbortController();
  const cancelled = rejects(waiting(server, controller.signal), { code: 'INTERRUPTED' });
  await delay(500);
  controller.abort(new Fault('INTERRUPTED', 'enough'));
  const aborted = performance.now();
  await cancelled;
  assert.ok(performance.now() - aborted < 1000);
  assert.equal(await readdir(server.folder), []);
});

test.run();
