import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { Fault } from '../../../../src/core/fault.ts';
import { openSsh } from '../../../../src/platforms/ssh/connection.ts';
import { newKeyPair, newKeyText } from '../../../../src/platforms/ssh/key-pair.ts';
import { freePorts } from '../../../support/free-ports.ts';
import { rejects } from '../../../support/rejects.ts';
import { connected, noSshServer, processes, sshServer } from '../../../support/ssh-server.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const test = suite('what goes wrong over ssh', { skip: noSshServer, deadline: 30_000 });
const options = (signal: AbortSignal) => ({ signal, timeout: 20_000 });

/** For a program that waits for its input, and so ends when its server does. */
const waiting = (signal: AbortSignal) => ({ ...options(signal), stdin: silence() });

async function* silence(): AsyncGenerator<Uint8Array> {
  await new Promise(() => {});
}

/** A path as it stands in a client's command. */
const inCommand = (path: string) => path.replaceAll('%', '%%');

/** The client that holds the connection through this folder. */
async function masterOf(folder: string): Promise<number> {
  const [found] = (await processes()).filter(
    ({ commandLine }) => commandLine.includes(inCommand(folder)) && commandLine.includes('ControlMaster=yes'),
  );
  assert.ok(found, 'there is a client that holds the connection');
  return found.pid;
}

test('a closed connection leaves no process and nothing in its folder', async ({ signal }) => {
  await using server = await sshServer();
  const machine = await openSsh(server.target, { folder: server.folder, timeout: 10_000 }, signal);
  const asleep = machine.exec(['cat'], waiting(signal));
  const lost = rejects(asleep, { code: 'MACHINE_LOST' });
  await delay(300);
  assert.is((await readdir(server.folder)).length, 1);
  await machine.close();
  await machine.close();
  await lost;
  assert.not(machine.alive());
  assert.equal(await readdir(server.folder), []);
  const left = (await processes()).filter(({ commandLine }) =>
    commandLine.includes(inCommand(server.folder)),
  );
  assert.equal(left, []);
  await rejects(machine.exec(['true'], options(signal)), { code: 'MACHINE_LOST' });
});

test('a client that is killed in the middle is a lost machine, and one afterwards as well', async ({
  signal,
}) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const asleep = machine.exec(['cat'], waiting(signal));
  const reading = (async () => {
    for await (const _piece of machine.download('/usr/bin', signal)) await delay(20);
  })();
  const bothLost = Promise.all([
    rejects(asleep, { code: 'MACHINE_LOST' }),
    rejects(reading, { code: 'MACHINE_LOST' }),
  ]);
  await delay(500);
  process.kill(await masterOf(server.folder), 'SIGKILL');
  const killed = performance.now();
  await bothLost;
  await rejects(machine.exec(['true'], options(signal)), { code: 'MACHINE_LOST' });
  assert.ok(performance.now() - killed < 3000);
  await machine.close();
  assert.equal(await readdir(server.folder), [], 'what it could not remove itself is removed');
});

test('a server that is killed is a lost machine', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const asleep = machine.exec(['cat'], waiting(signal));
  const lost = rejects(asleep, { code: 'MACHINE_LOST' });
  await delay(500);
  const killed = performance.now();
  await server.signal('SIGKILL');
  const fault = await lost;
  assert.ok(performance.now() - killed < 3000);
  assert.match(fault.message, 'run cat');
});

test('a server that is silent is a lost machine after some questions', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal, { interval: 1, count: 2 });
  const asleep = machine.exec(['cat'], waiting(signal));
  const lost = rejects(asleep, { code: 'MACHINE_LOST' });
  await delay(500);
  const stopped = performance.now();
  await server.signal('SIGSTOP');
  const fault = await lost;
  assert.ok(performance.now() - stopped < 6000);
  assert.match(fault.details.join('\n'), 'not responding');
});

test('a program that is cancelled while the server is silent is not waited for long', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal, { interval: 1, count: 3 });
  await server.signal('SIGSTOP');
  const started = performance.now();
  await rejects(machine.exec(['true'], { signal, timeout: 500 }), { code: 'TIMEOUT' });
  assert.ok(performance.now() - started < 9000);
});

test('another host key is refused at once, and no key is offered', async ({ signal }) => {
  await using server = await sshServer();
  const { publicKey } = await newKeyText(server.folder, signal);
  const target = { ...server.target, hostKey: publicKey };
  const fault = await rejects(openSsh(target, { folder: server.folder, timeout: 10_000 }, signal), {
    code: 'MACHINE_UNREACHABLE',
  });
  assert.match(fault.message, 'its host key is not ours');
  assert.equal(await readdir(server.folder), []);
});

test('a host key of another type is another host key', async ({ signal }) => {
  await using server = await sshServer();
  const hostKey = server.target.hostKey.replaceAll('ssh-ed25519', 'ecdsa-sha2-nistp256');
  const opening = openSsh({ ...server.target, hostKey }, { folder: server.folder, timeout: 10_000 }, signal);
  assert.match((await rejects(opening, { code: 'MACHINE_UNREACHABLE' })).message, 'its host key is not ours');
});

test('a key that is not let in is told apart from silence', async ({ signal }) => {
  await using server = await sshServer({ authorized: false });
  const opening = openSsh(server.target, { folder: server.folder, timeout: 10_000 }, signal);
  const refused = await rejects(opening, { code: 'MACHINE_UNREACHABLE' });
  assert.match(refused.message, 'refused our key for');
  const nobody = { ...server.target, port: await freePorts() };
  const silent = openSsh(nobody, { folder: server.folder, timeout: 10_000 }, signal);
  const fault = await rejects(silent, { code: 'MACHINE_UNREACHABLE' });
  assert.match(fault.message, `ssh did not answer on 127.0.0.1 port ${nobody.port}`);
  assert.match(fault.details.join('\n'), 'Connection refused');
  assert.equal(await readdir(server.folder), []);
});

test('a server that says nothing is given up in time, or at once when cancelled', async ({ signal }) => {
  await using server = await sshServer({ started: false });
  const mute = createServer().listen(server.target.port, '127.0.0.1');
  await once(mute, 'listening');
  try {
    const opening = openSsh(server.target, { folder: server.folder, timeout: 1000 }, signal);
    await rejects(opening, { code: 'MACHINE_UNREACHABLE' });
    const controller = new AbortController();
    const cancelled = openSsh(server.target, { folder: server.folder, timeout: 20_000 }, controller.signal);
    const interrupted = rejects(cancelled, { code: 'INTERRUPTED' });
    await delay(300);
    const aborted = performance.now();
    controller.abort(new Fault('INTERRUPTED', 'enough'));
    await interrupted;
    assert.ok(performance.now() - aborted < 1000);
    const left = (await processes()).filter(({ commandLine }) =>
      commandLine.includes(inCommand(server.folder)),
    );
    assert.equal(left, []);
  } finally {
    mute.close();
  }
});

test('a proxy command carries the connection', async ({ signal }) => {
  await using server = await sshServer();
  const { host, port, identity, hostKey } = server.target;
  // by a second connection to the same server, as through a jump host
  const settings = [
    `IdentityFile="${identity.replace('%', '%%%%')}"`,
    'StrictHostKeyChecking=yes',
    `KnownHostsCommand=/bin/echo jump ${hostKey}`,
    'HostKeyAlias=jump',
  ];
  const jump = `ssh -F /dev/null ${settings.map((line) => `-o '${line}'`).join(' ')} -p ${port} -W %h:%p ${host}`;
  const target = { ...server.target, proxyCommand: jump };
  const machine = await openSsh(target, { folder: server.folder, timeout: 10_000 }, signal);
  try {
    const { stdout } = await machine.exec(['echo', 'through'], options(signal));
    assert.is(stdout, 'through\n');
  } finally {
    await machine.close();
  }
  const left = (await processes()).filter(({ commandLine }) => commandLine.includes('HostKeyAlias=jump'));
  assert.equal(left, []);
});

test('who is not root runs programs by sudo', async ({ signal }) => {
  await using server = await sshServer();
  await using tools = await temporaryFolder();
  const sudo = join(tools.path, 'sudo');
  await writeFile(sudo, '#!/bin/sh\n[ "$1 $2" = "-n --" ] || exit 9\nshift 2\nHOME=/home/other; exec "$@"\n');
  await chmod(sudo, 0o755);
  await using withSudo = await sshServer({ config: [`SetEnv PATH=${tools.path}:/usr/bin:/bin`] });
  for (const [where, works] of [
    [withSudo, true],
    [server, (await execa('sudo', ['-n', 'true'], { reject: false })).exitCode === 0],
  ] as const) {
    const target = { ...where.target, sudo: true };
    const machine = await openSsh(target, { folder: where.folder, timeout: 10_000 }, signal);
    try {
      const running = machine.exec(['sh', '-c', 'echo $HOME; cat'], { ...options(signal), stdin: 'typed' });
      if (works) assert.is((await running).stdout, '/root\ntyped');
      else await rejects(running, { code: 'MACHINE_UNREACHABLE' });
      assert.is(machine.enter.at(-1), 'sudo -i');
    } finally {
      await machine.close();
    }
  }
});

test('a person enters by the same key and pin, when this connection is closed', async ({ signal }) => {
  await using server = await sshServer();
  const machine = await openSsh(server.target, { folder: server.folder, timeout: 10_000 }, signal);
  await machine.close();
  const [program, ...args] = machine.enter as [string, ...string[]];
  const { stdout } = await execa(program, args, { input: 'echo inside\n', cancelSignal: signal });
  assert.match(stdout, /inside$/);
});

test('the client goes with the process that owns it, however that ended', async ({ signal }) => {
  await using server = await sshServer();
  const source = new URL('../../../../src/platforms/ssh/connection.ts', import.meta.url).href;
  const program = `import(${JSON.stringify(source)}).then(async ({ openSsh }) => {
    const signal = new AbortController().signal;
    const machine = await openSsh(${JSON.stringify(server.target)},
      { folder: ${JSON.stringify(server.folder)}, timeout: 10000 }, signal);
    machine.exec(['cat'], { signal, timeout: 100000, stdin: (async function* () { await new Promise(() => {}); })() });
    setTimeout(() => console.log('connected'), 300);
  })`;
  const owner = spawn(process.execPath, ['--import', 'tsx', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(owner.stdout, 'data', { signal });
  await masterOf(server.folder);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  for (let n = 0; n < 50; n++) {
    const left = (await processes()).filter(({ commandLine }) =>
      commandLine.includes(inCommand(server.folder)),
    );
    if (left.length === 0) break;
    assert.ok(n < 49, 'nothing of it is left');
    await delay(50);
  }
  assert.equal(await readdir(server.folder), []);
});

test('a missing client or key maker names the package', async ({ signal }) => {
  await using server = await sshServer({ started: false });
  await using tools = await temporaryFolder();
  const path = process.env['PATH'];
  const opening = () => openSsh(server.target, { folder: server.folder, timeout: 5000 }, signal);
  try {
    process.env['PATH'] = tools.path;
    assert.match((await rejects(opening(), { code: 'HOST_TOOL_MISSING' })).hint ?? '', 'util-linux');
    const making = newKeyPair(server.folder, signal);
    assert.match((await rejects(making, { code: 'HOST_TOOL_MISSING' })).hint ?? '', 'openssh-client');
    await symlink('/usr/bin/setpriv', join(tools.path, 'setpriv'));
    assert.match((await rejects(opening(), { code: 'HOST_TOOL_MISSING' })).hint ?? '', 'openssh-client');
  } finally {
    process.env['PATH'] = path;
  }
});

test('a folder whose path is too long for a socket is said so', async ({ signal }) => {
  await using server = await sshServer();
  const folder = join(server.folder, 'x'.repeat(80));
  await mkdir(folder);
  const fault = await rejects(openSsh(server.target, { folder, timeout: 5000 }, signal), {
    code: 'MACHINE_UNREACHABLE',
  });
  assert.match(fault.message, 'too long');
});

test('keys are private, and of one that is given away no file is left', async ({ signal }) => {
  await using folder = await temporaryFolder();
  const text = await newKeyText(folder.path, signal);
  assert.match(text.privateKey, /^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
  assert.match(text.publicKey, /^ssh-ed25519 [A-Za-z0-9+/]+=*$/);
  assert.equal(await readdir(folder.path), []);
  const pair = await newKeyPair(folder.path, signal);
  assert.equal(await readdir(folder.path), [pair.file.slice(folder.path.length + 1)]);
  await rejects(newKeyPair(join(folder.path, 'nowhere'), signal), { code: 'MACHINE_UNREACHABLE' });
});

test.run();
