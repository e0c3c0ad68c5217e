import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { Fault } from '../../core/fault.ts';
import { sleep, withDeadline } from '../../core/wait.ts';
import { EXEC_COOKIE, KILL_TIMEOUT_MS, killScript, timeoutFault } from '../exec-cookie.ts';
import { collectOutput } from '../exec-output.ts';
import type { ExecOptions, ExecResult } from '../platform.ts';
import { ask } from './engine.ts';
import { feed } from './feed.ts';

/** The engine learns of a container's end some tenths of a second after that of the programs in it. */
const SETTLE_MS = 1000;
const SETTLE_POLL_MS = 100;

/**
 * Runs a program in a container, without a shell, as root.
 *
 * The engine cannot end an exec, so the program and all its children carry a cookie in their environment; when
 * time is up or the work is cancelled, whatever carries it is killed. Throws `TIMEOUT`, `MACHINE_LOST`,
 * `ENGINE_UNREACHABLE`.
 */
export async function execIn(
  container: Docker.Container,
  argv: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const cookie = randomUUID();
  using deadline = withDeadline(options.signal, options.timeout, () => timeoutFault(argv, options.timeout));
  try {
    return await runExec(container, argv, options, cookie, deadline.signal);
  } catch (error) {
    if (deadline.signal.aborted) await killByCookie(container, cookie);
    throw error;
  }
}

async function runExec(
  container: Docker.Container,
  argv: readonly string[],
  options: ExecOptions,
  cookie: string,
  signal: AbortSignal,
): Promise<ExecResult> {
  const what = `run ${argv[0]} in the machine`;
  const exec = await ask(what, signal, () =>
    container.exec({
      Cmd: [...argv],
      User: '0:0',
      Env: Object.entries({ ...options.env, [EXEC_COOKIE]: cookie }).map(
        ([name, value]) => `${name}=${value}`,
      ),
      AttachStdin: options.stdin !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      ...(options.cwd === undefined ? {} : { WorkingDir: options.cwd }),
    }),
  );
  const stream = await ask(what, signal, () =>
    exec.start({ hijack: true, stdin: options.stdin !== undefined }),
  );
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  container.modem.demuxStream(stream, stdout, stderr);
  const collected = Promise.all([
    collectOutput(stdout, 'stdout', options.onLine),
    collectOutput(stderr, 'stderr', options.onLine),
  ]);
  const ended = new Promise<void>((resolve, reject) => {
    stream.once('end', resolve).once('close', resolve).once('error', reject);
  }).finally(() => {
    stdout.end();
    stderr.end();
  });
  try {
    const [, [out, err]] = await ask(what, signal, () =>
      Promise.all([ended, collected, options.stdin === undefined ? undefined : feed(stream, options.stdin)]),
    );
    const { ExitCode } = await ask(what, signal, () => exec.inspect());
    if (ExitCode === null || ExitCode >= 137) await assertRunning(container, what, signal);
    if (ExitCode === null)
      throw new Fault('MACHINE_LOST', `the connection ended before the program did: ${what}`);
    return { exitCode: ExitCode, stdout: out, stderr: err };
  } finally {
    (stream as unknown as { destroy(): void }).destroy();
    collected.catch(() => {});
  }
}

/** Throws `MACHINE_LOST` when a program was killed because its machine was. */
async function assertRunning(container: Docker.Container, what: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  let state = await stateOf(container, what, signal);
  while (state.Running && performance.now() < deadline) {
    await sleep(SETTLE_POLL_MS, signal);
    state = await stateOf(container, what, signal);
  }
  if (state.Running) return;
  const why = state.OOMKilled ? 'it ran out of memory' : `exit code ${state.ExitCode}`;
  throw new Fault('MACHINE_LOST', `the machine stopped while it was to ${what} (${why})`, {
    hint: 'Somebody or something ended the container; run the bake again.',
  });
}

async function stateOf(container: Docker.Container, what: string, signal: AbortSignal) {
  return await ask(what, signal, async () => (await container.inspect()).State).catch((cause: unknown) => {
    signal.throwIfAborted();
    if (cause instanceof Fault && cause.code === 'ENGINE_UNREACHABLE') throw cause;
    throw new Fault('MACHINE_LOST', `the machine is gone: ${what}`, { cause });
  });
}

/** Ends the program and its children: they carry the cookie that nothing else does. */
async function killByCookie(container: Docker.Container, cookie: string): Promise<void> {
  try {
    const signal = AbortSignal.timeout(KILL_TIMEOUT_MS);
    await ask('kill a program', signal, async () => {
      const exec = await container.exec({ Cmd: ['sh', '-c', killScript(cookie)], AttachStdout: true });
      const stream = await exec.start({});
      await finished(stream.resume());
    });
  } catch {
    // The container or its engine is gone, and the program with it.
  }
}
