import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Fault } from '../../src/core/fault.ts';
import { Scope } from '../../src/core/scope.ts';
import type { TarInput } from '../../src/core/tar/member.ts';
import { readTar } from '../../src/core/tar/reader.ts';
import { writeTar } from '../../src/core/tar/writer.ts';
import type { Machine } from '../../src/platforms/platform.ts';
import { assertStreamsApart } from './exec-streams.ts';
import { rejects } from './rejects.ts';
import type { Suite } from './suite.ts';

const TIMEOUT = 30_000;

/** Milliseconds within which what is killed must be gone. */
const KILLED_WITHIN = 10_000;

export interface MachineContract {
  start(scope: Scope, signal: AbortSignal): Promise<Machine>;
  /** How many `sleep`s run in one that nobody uses. */
  readonly sleepers: number;
}

/** What every platform's machines do alike. */
export function machineContract(test: Suite, { start, sleepers }: MachineContract): void {
  test('exec keeps the streams apart, and an exit code is a result', async ({ signal }) => {
    await using scope = new Scope();
    const machine = await start(scope, signal);
    await assertStreamsApart(machine, { signal, timeout: TIMEOUT });
  });

  test('exec takes words as they are, an environment, a folder and standard input', async ({ signal }) => {
    await using scope = new Scope();
    const machine = await start(scope, signal);
    const odd = `it's "$(touch /pwned)"; \`id\` & \\ \n*`;
    const words = await machine.exec(['printf', '%s', odd], { signal, timeout: TIMEOUT });
    assert.is(words.stdout, odd);
    const options = { signal, timeout: TIMEOUT, env: { ODD: odd }, cwd: '/usr', stdin: 'typed' };
    const { stdout } = await machine.exec(
      ['sh', '-c', 'printf "%s|" "$ODD" "$PWD"; cat; ls -d /pwned 2>&1'],
      options,
    );
    assert.ok(stdout.startsWith(`${odd}|/usr|typed`));
    assert.match(stdout, /No such file or directory\n$/);
  });

  test('a large input arrives whole, and a program that does not read it is no error', async ({ signal }) => {
    await using scope = new Scope();
    const machine = await start(scope, signal);
    async function* megabytes() {
      for (let n = 0; n < 64; n++) yield Buffer.alloc(1024 * 1024, n);
    }
    const options = { signal, timeout: TIMEOUT * 4 };
    const counted = await machine.exec(['wc', '-c'], { ...options, stdin: megabytes() });
    assert.is(counted.stdout.trim(), String(64 * 1024 * 1024));
    const unread = await machine.exec(['true'], { ...options, stdin: megabytes() });
    assert.is(unread.exitCode, 0);
  });

  test('a program over its time is killed with its children', async ({ signal }) => {
    await using scope = new Scope();
    const machine = await start(scope, signal);
    const started = performance.now();
    const slow = machine.exec(['sh', '-c', 'sleep 500 & sleep 500'], { signal, timeout: 1000 });
    const fault = await rejects(slow, { code: 'TIMEOUT' });
    assert.match(fault.message, 'did not end within 1 s');
    assert.ok(performance.now() - started < KILLED_WITHIN);
    assert.is(await sleepersIn(machine, signal), sleepers);
  });

  test('a cancelled program is killed, and the reason is thrown', async ({ signal }) => {
    await using scope = new Scope();
    const machine = await start(scope, signal);
    const controller = new AbortController();
    const running = machine.exec(['sleep', '500'], { signal: controller.signal, timeout: TIMEOUT });
    await delay(500);
    controller.abort(new Fault('INTERRUPTED', 'enough'));
    await rejects(running, { code: 'INTERRUPTED' });
    assert.is(await sleepersIn(machine, signal), sleepers);
  });

  test('archives go in and come out with mode and content', async ({ signal }) => {
    await using scope = new Scope();
    const machine = await start(scope, signal);
    await machine.upload('/srv/a b', writeTar([file('one', '1'), file('two', '22')]), signal);
    const members: string[] = [];
    for await (const member of readTar(machine.download('/srv/a b', signal))) {
      members.push(`${member.path} ${member.type} ${member.mode.toString(8)} ${member.size}`);
    }
    assert.equal(members.sort(), [
      'srv/a b directory 755 0',
      'srv/a b/one file 640 1',
      'srv/a b/two file 640 2',
    ]);
    const absent = (async () => {
      for await (const _piece of machine.download('/nowhere', signal));
    })();
    await rejects(absent, { code: 'FILE_MISSING' });
  });

  test('a machine that is gone is lost, not a failed program', async ({ signal }) => {
    await using scope = new Scope();
    const machine = await start(scope, signal);
    const running = machine.exec(['sleep', '500'], { signal, timeout: TIMEOUT });
    await Promise.all([rejects(running, { code: 'MACHINE_LOST' }), delay(500).then(() => machine.remove())]);
  });
}

function file(path: string, text: string): TarInput {
  const owner = { uid: 0, gid: 0, mtime: 1 };
  return { ...owner, path, type: 'file', mode: 0o640, size: text.length, body: Buffer.from(text) };
}

async function sleepersIn(machine: Machine, signal: AbortSignal): Promise<number> {
  // One that has ended and that nobody waited for has no command line any more.
  const script = `n=0; for p in /proc/[0-9]*; do
    read -r name < $p/comm && [ "$name" = sleep ] && [ "$(tr -d '\\0' < $p/cmdline)" ] && n=$((n+1))
  done 2>/dev/null; echo $n`;
  const { stdout } = await machine.exec(['sh', '-c', script], { signal, timeout: TIMEOUT });
  return Number(stdout);
}
