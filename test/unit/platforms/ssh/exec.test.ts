import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Fault } from '../../../../src/core/fault.ts';
import { assertStreamsApart } from '../../../support/exec-streams.ts';
import { rejects } from '../../../support/rejects.ts';
import { connected, noSshServer, processes, sshServer } from '../../../support/ssh-server.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('programs over ssh', { skip: noSshServer, deadline: 30_000 });
const TIMEOUT = 20_000;

test('exec keeps the streams apart, and an exit code is a result', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  await assertStreamsApart(machine, { signal, timeout: TIMEOUT });
});

test('every end of a program has its exit code, 255 as well', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const ends: readonly [string, number][] = [
    ['exit 0', 0],
    ['exit 1', 1],
    ['exit 254', 254],
    ['exit 255', 255],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
    ['kill -SEGV $$', 139],
    // with the shell that waits for it
    ['kill -KILL $PPID $$', 137],
  ];
  for (const [script, expected] of ends) {
    const { exitCode, stdout, stderr } = await machine.exec(['sh', '-c', `printf out; ${script}`], {
      signal,
      timeout: TIMEOUT,
    });
    assert.equal([exitCode, stdout, stderr], [expected, 'out', ''], script);
  }
  const unknown = await machine.exec(['no-such-program'], { signal, timeout: TIMEOUT });
  assert.is(unknown.exitCode, 127);
  assert.match(unknown.stderr, 'no-such-program: not found');
  const nowhere = await machine.exec(['true'], { signal, timeout: TIMEOUT, cwd: '/nowhere' });
  assert.is(nowhere.exitCode, 126);
  assert.ok(machine.alive());
});

test('exec takes words as they are, an environment, a folder and standard input', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const odd = `it's "$(touch /pwned)"; \`id\` & \\ \n*\n\n-n ~ %h !! é\u{1F600}`;
  const words = await machine.exec(['printf', '%s|', odd, '', ' ', '\n', '--', '-e'], {
    signal,
    timeout: TIMEOUT,
  });
  assert.is(words.stdout, `${odd}|| |\n|--|-e|`);
  const options = { signal, timeout: TIMEOUT, env: { ODD: odd, EMPTY: '' }, cwd: '/usr', stdin: 'typed\n\n' };
  const { stdout } = await machine.exec(
    ['sh', '-c', 'printf "%s|" "$ODD" "$EMPTY" "$PWD"; cat; ls -d /pwned 2>&1'],
    options,
  );
  assert.ok(stdout.startsWith(`${odd}||/usr|typed\n\n`), stdout);
  assert.match(stdout, /No such file or directory\n$/);
});

test('a program is the one on the disk, not what a shell has by that name', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const { stdout } = await machine.exec(['echo', 'a\\nb'], { signal, timeout: TIMEOUT });
  assert.is(stdout, 'a\\nb\n');
});

test('the environment is that of a container, and not a login', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const { stdout } = await machine.exec(['env'], { signal, timeout: TIMEOUT, env: { OWN: '1' } });
  const names = stdout
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0]);
  assert.equal(names.sort(), ['HOME', 'KILN_EXEC', 'OWN', 'PATH', 'PWD']);
  assert.match(stdout, /^PWD=\/$/m);
});

test('a program without input has none, and is not asked for any', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const { stdout } = await machine.exec(['sh', '-c', 'cat; readlink /proc/self/fd/0'], {
    signal,
    timeout: TIMEOUT,
  });
  assert.is(stdout, '/dev/null\n');
});

test('words and variables may be as long as a system call takes them', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const long = 'x'.repeat(120_000);
  const argv = ['sh', '-c', 'printf %s "$1$2$LONG" | wc -c', 'sh', long, long];
  const { stdout } = await machine.exec(argv, { signal, timeout: TIMEOUT, env: { LONG: long } });
  assert.is(stdout, '360000\n');
});

test('lines come while the program runs', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const times: number[] = [];
  const script = 'for n in 1 2 3; do echo $n; sleep 0.4; done';
  await machine.exec(['sh', '-c', script], {
    signal,
    timeout: TIMEOUT,
    onLine: () => times.push(performance.now()),
  });
  assert.is(times.length, 3);
  assert.ok((times[2] as number) - (times[0] as number) > 500);
});

test('a large input arrives whole, and a program that does not read it is no error', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  async function* megabytes(count: number) {
    for (let n = 0; n < count; n++) yield Buffer.alloc(1024 * 1024, n);
  }
  const counted = await machine.exec(['wc', '-c'], { signal, timeout: TIMEOUT, stdin: megabytes(50) });
  assert.is(counted.stdout.trim(), String(50 * 1024 * 1024));
  const unread = await machine.exec(['true'], { signal, timeout: TIMEOUT, stdin: megabytes(50) });
  assert.is(unread.exitCode, 0);
});

test('a program that ends does not wait for an input that never does', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  async function* endless() {
    yield Buffer.from('one\n');
    await new Promise(() => {});
  }
  const { stdout } = await machine.exec(['head', '-n', '1'], { signal, timeout: TIMEOUT, stdin: endless() });
  assert.is(stdout, 'one\n');
});

test('a source that fails ends its program, with its own error', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  async function* broken() {
    yield Buffer.from('one\n');
    throw new Fault('DIGEST_MISMATCH', 'the source broke');
  }
  const nap = uniqueNap();
  const argv = ['sh', '-c', `cat; exec sleep ${nap}`];
  await rejects(machine.exec(argv, { signal, timeout: TIMEOUT, stdin: broken() }), {
    code: 'DIGEST_MISMATCH',
  });
  assert.equal(await running(nap), []);
});

test('an output that is too long ends the program', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const nap = uniqueNap();
  const argv = ['sh', '-c', `head -c 70000000 /dev/zero; sleep ${nap}`];
  await rejects(machine.exec(argv, { signal, timeout: TIMEOUT }), { code: 'ENGINE_FAILED' });
  assert.equal(await running(nap), []);
});

test('a program over its time is killed with its children, wherever they went', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const nap = uniqueNap();
  const started = performance.now();
  const script = `sleep ${nap} & setsid sh -c '(nohup sleep ${nap} >/dev/null 2>&1 &)'; sleep ${nap}`;
  const slow = machine.exec(['sh', '-c', script], { signal, timeout: 3000 });
  const seen = delay(2000).then(() => running(nap));
  const fault = await rejects(slow, { code: 'TIMEOUT' });
  assert.ok((await seen).length >= 3);
  assert.match(fault.message, 'did not end within 3 s');
  assert.ok(performance.now() - started < 10_000);
  assert.equal(await running(nap), []);
  assert.is((await machine.exec(['true'], { signal, timeout: TIMEOUT })).exitCode, 0);
});

test('a cancelled program is killed, and the reason is thrown', async ({ signal }) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const nap = uniqueNap();
  const controller = new AbortController();
  const asleep = machine.exec(['sleep', nap], { signal: controller.signal, timeout: TIMEOUT });
  while ((await running(nap)).length === 0) await delay(50);
  controller.abort(new Fault('INTERRUPTED', 'enough'));
  await rejects(asleep, { code: 'INTERRUPTED' });
  assert.equal(await running(nap), []);
  const never = machine.exec(['sleep', nap], { signal: controller.signal, timeout: TIMEOUT });
  await rejects(never, { code: 'INTERRUPTED' });
});

test('a daemon that keeps its output open does not hold up the program that started it', async ({
  signal,
}) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const nap = uniqueNap();
  const started = performance.now();
  const { stdout, exitCode } = await machine.exec(['sh', '-c', `sleep ${nap} & echo up; exit 4`], {
    signal,
    timeout: TIMEOUT,
  });
  assert.equal([stdout, exitCode], ['up\n', 4]);
  assert.ok(performance.now() - started < 8000);
  const left = await running(nap);
  assert.is(left.length, 1, 'it runs on');
  for (const { pid } of left) process.kill(pid);
});

test('what a login shell says is not the output of the program', async ({ signal }) => {
  const noisy = 'echo welcome; echo to all >&2; printf "no end"; exec sh -c "$SSH_ORIGINAL_COMMAND"';
  await using server = await sshServer({ config: [`ForceCommand ${noisy}`] });
  await using machine = await connected(server, signal);
  const result = await machine.exec(['sh', '-c', 'echo out; echo err >&2'], { signal, timeout: TIMEOUT });
  assert.equal(result, { exitCode: 0, stdout: 'out\n', stderr: 'err\n' });
});

test('a login that runs no programs is told in its own words', async ({ signal }) => {
  await using server = await sshServer({ config: ['ForceCommand echo This account is closed.; exit 1'] });
  await using machine = await connected(server, signal);
  const fault = await rejects(machine.exec(['true'], { signal, timeout: TIMEOUT }), {
    code: 'MACHINE_UNREACHABLE',
  });
  assert.equal(fault.details, ['This account is closed.']);
});

test('a server that allows one session is no hindrance, nor is a crowd', async ({ signal }) => {
  setMaxListeners(30, signal);
  for (const [config, count] of [
    [['MaxSessions 1'], 4],
    [[], 14],
  ] as const) {
    await using server = await sshServer({ config });
    await using machine = await connected(server, signal);
    const nap = uniqueNap();
    const side = (n: number) =>
      machine.exec(['sh', '-c', `sleep 1; cat; echo ${n}`], { signal, timeout: TIMEOUT, stdin: 'in ' });
    const results = await Promise.all([
      rejects(machine.exec(['sleep', nap], { signal, timeout: 1500 }), { code: 'TIMEOUT' }),
      ...Array.from({ length: count }, (_, n) => side(n)),
    ]);
    assert.equal(
      results.slice(1).map((result) => 'stdout' in result && result.stdout),
      Array.from({ length: count }, (_, n) => `in ${n}\n`),
    );
    assert.equal(await running(nap), []);
  }
});

test('no word, variable or key of ours is in a process list, but in that of the program itself', async ({
  signal,
}) => {
  await using server = await sshServer();
  await using machine = await connected(server, signal);
  const [word, variable] = [randomUUID(), randomUUID()];
  const asleep = machine.exec(['sh', '-c', 'sleep 3; :', word], {
    signal,
    timeout: TIMEOUT,
    env: { SECRET: variable },
  });
  await delay(1500);
  const seen = await processes();
  await asleep;
  assert.equal(
    seen.filter(({ commandLine }) => commandLine.includes(variable)),
    [],
  );
  const named = seen.filter(({ commandLine }) => commandLine.includes(word));
  assert.equal(
    named.map(({ name }) => name),
    ['sh'],
  );
  assert.equal(
    seen.filter(({ commandLine }) => commandLine.includes('PRIVATE KEY')),
    [],
  );
});

test('programs share one connection', async ({ signal }) => {
  await using server = await sshServer();
  const opening = performance.now();
  await using machine = await connected(server, signal);
  const opened = performance.now();
  // What sshd had for the login alone is gone by then.
  await machine.exec(['true'], { signal, timeout: TIMEOUT });
  const before = await server.pids();
  for (let n = 0; n < 30; n++) await machine.exec(['true'], { signal, timeout: TIMEOUT });
  const each = (performance.now() - opened) / 31;
  console.log(
    `\n  connection ${(opened - opening).toFixed(0)} ms, each of 31 programs ${each.toFixed(1)} ms`,
  );
  assert.equal(await server.pids(), before);
});

let naps = 0;

/** Seconds that no other process sleeps. */
function uniqueNap(): string {
  return `500.${process.pid}${naps++}`;
}

async function running(nap: string) {
  return (await processes()).filter(
    ({ name, commandLine }) => name === 'sleep' && commandLine === `sleep ${nap}`,
  );
}

test.run();
