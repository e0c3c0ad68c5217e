import { execFile } from 'node:child_process';
import { chmod, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { Scope } from '../../src/core/scope.ts';
import type { Machine } from '../../src/platforms/platform.ts';
import { missing } from '../support/engines.ts';
import { suite } from '../support/suite.ts';
import { KEPT_CACHE, testQemu } from '../support/vm-machine.ts';
import { temporaryFolder } from '../unit/temporary-folder.ts';

const test = suite('a warm start', { skip: await missing('qemu') });

const run = promisify(execFile);

async function ask(machine: Machine, script: string, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await machine.exec(['sh', '-ec', script], { signal, timeout: 60_000 });
  assert.is(exitCode, 0, stderr);
  return stdout.trim();
}

test('two at once have one base, and each its own keys, randomness and time', async ({ signal }) => {
  await using scope = new Scope();
  const { start, notes } = await testQemu(scope);
  const machines = [await start(signal), await start(signal)];
  assert.is(notes.filter((note) => note.startsWith('started warm from')).length, 2, notes.join('\n'));

  // What is read first: nothing but the renewal has stirred the generator of either.
  const random = await Promise.all(
    machines.map((one) => ask(one, 'head -c 16 /dev/urandom | od -An -tx1', signal)),
  );
  assert.not.equal(random[0], random[1]);
  const keys = `cat /run/kiln-transport/host_key /run/kiln-transport/authorized_keys /etc/ssh/ssh_host_ed25519_key
    cat /run/credentials/@system/*`;
  const [first = '', second = ''] = await Promise.all(machines.map((one) => ask(one, keys, signal)));
  const secrets = (text: string) =>
    text.split('\n').filter((line) => /^ssh-ed25519|^[A-Za-z0-9+/=]{40,}$/.test(line));
  const common = new Set(secrets(second));
  // The first 70 characters of a key's text are the same in all that ssh-keygen writes.
  const shared = secrets(first).filter((line) => common.has(line) && !line.startsWith('b3BlbnNzaC1rZXktdjE'));
  assert.equal(shared, []);
  assert.equal(await Promise.all(machines.map((one) => ask(one, 'ls /etc/ssh | grep ssh_host', signal))), [
    'ssh_host_ed25519_key',
    'ssh_host_ed25519_key',
  ]);

  for (const machine of machines) {
    const before = Date.now() / 1000;
    const now = Number(await ask(machine, 'date +%s.%N', signal));
    const after = Date.now() / 1000;
    assert.ok(now > before - 0.5 && now < after + 0.5, `${before} ${now} ${after}`);
  }
  const up = `n=0; until systemctl -q is-active ssh.service && [ "$(systemctl is-system-running)" = running ]; do
      n=$((n+1)); [ $n -lt 100 ]; sleep 0.3
    done; systemctl list-timers --no-legend --no-pager | grep -c apt-daily
    systemctl show -P ExecMainStartTimestampMonotonic apt-daily.service`;
  assert.is(await ask(machines[0] as Machine, up, signal), '2\n0', 'timers wait for their time');
});

test('of two that want a base that nobody has booted, one boots it, the other waits, and both start from its copy', async ({
  signal,
}) => {
  await using scope = new Scope();
  await using cache = await temporaryFolder();
  const { start, notes } = await testQemu(scope, { cache: cache.path });
  const machines = await Promise.all([start(signal), start(signal)]);
  const told = (what: string) => notes.filter((note) => note.startsWith(what)).length;
  const counts = ['booted the base once', 'waiting for process', 'started warm from'].map(told);
  assert.equal(counts, [1, 1, 2], notes.join('\n'));
  assert.is((await readdir(join(cache.path, 'warm'))).length, 1, 'one copy, and no lock');
  const random = await Promise.all(
    machines.map((one) => ask(one, 'head -c 16 /dev/urandom | od -An -tx1', signal)),
  );
  assert.not.equal(random[0], random[1]);
});

test('a copy that is damaged is told, removed and not used', async ({ signal }) => {
  await using scope = new Scope();
  await using cache = await temporaryFolder();
  const kept = await testQemu(scope);
  await (await kept.start(signal)).remove();
  const warm = join(cache.path, 'warm');
  await run('cp', ['-a', '--sparse=always', join(KEPT_CACHE, 'warm'), warm]);
  const names = await readdir(warm);
  for (const name of names) await damage(join(warm, name, 'state'));
  const { start, notes } = await testQemu(scope, { cache: cache.path });
  const machine = await start(signal);
  assert.is(await ask(machine, 'echo it runs', signal), 'it runs');
  assert.match(notes.join('\n'), /did not resume \(its state is not what was written\): it is removed/);
  assert.is((await readdir(warm)).length, names.length - 1, 'it alone is gone');
});

/** Another byte in the middle, and the same size and time, to the nanosecond. */
async function damage(file: string): Promise<void> {
  const { size } = await stat(file);
  await run('cp', ['-p', file, `${file}.as-it-was`]);
  await chmod(file, 0o600);
  const handle = await open(file, 'r+');
  try {
    await handle.write(Buffer.from([0x5a, 0xa5]), 0, 2, Math.floor(size / 2));
  } finally {
    await handle.close();
  }
  await run('touch', ['-r', `${file}.as-it-was`, file]);
}

test.run();
