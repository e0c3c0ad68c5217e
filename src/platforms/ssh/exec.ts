import { randomUUID } from 'node:crypto';
import { Fault } from '../../core/fault.ts';
import { withDeadline } from '../../core/wait.ts';
import { EXEC_COOKIE, KILL_TIMEOUT_MS, killScript, timeoutFault } from '../exec-cookie.ts';
import { collectOutput } from '../exec-output.ts';
import type { ExecOptions, ExecResult } from '../platform.ts';
import { type Link, runOver } from './link.ts';

/**
 * Runs a program over a connection, without a shell, as root.
 *
 * No server ends what a client leaves behind, so the program and all its children carry a cookie in their environment;
 * when time is up or the work is cancelled, whatever carries it is killed. Throws `TIMEOUT`, `MACHINE_LOST`.
 */
export async function execOver(
  link: Link,
  argv: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const { onLine, stdin, cwd } = options;
  const cookie = randomUUID();
  using deadline = withDeadline(options.signal, options.timeout, () => timeoutFault(argv, options.timeout));
  const program = {
    argv,
    stdin,
    env: { ...options.env, [EXEC_COOKIE]: cookie },
    ...(cwd === undefined ? {} : { cwd }),
  };
  try {
    const end = await runOver(
      link,
      program,
      {
        stdout: (pieces) => collectOutput(pieces, 'stdout', onLine),
        stderr: (pieces) => collectOutput(pieces, 'stderr', onLine),
      },
      deadline.signal,
    );
    return { exitCode: end.exitCode, stdout: end.stdout, stderr: end.stderr };
  } catch (error) {
    if (!isOutOfReach(error)) await killByCookie(link, cookie);
    throw error;
  }
}

function isOutOfReach(error: unknown): boolean {
  return error instanceof Fault && (error.code === 'MACHINE_LOST' || error.code === 'MACHINE_UNREACHABLE');
}

/** Ends the program and its children: they carry the cookie that nothing else does. */
async function killByCookie(link: Link, cookie: string): Promise<void> {
  if (!link.master.alive()) return;
  const collect = (pieces: AsyncIterable<Buffer>) => collectOutput(pieces, 'stdout', undefined);
  const program = { argv: ['sh', '-c', killScript(cookie)] };
  await runOver(
    link,
    program,
    { stdout: collect, stderr: collect },
    AbortSignal.timeout(KILL_TIMEOUT_MS),
  ).catch(() => {
    // The machine is gone, and the program with it.
  });
}
