import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { programOf } from '../../support/program.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of ours that runs; disposing ends it if it still does. */
export interface RunningCli extends AsyncDisposable {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Waits until stdout or stderr has this text. */
  printed(text: string): Promise<void>;
  /** Waits for its end. */
  result(): Promise<CliResult>;
}

/** Starts a program of the project, `src/cli/bake.ts`, without a terminal. */
export function startCli(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCli {
  const child = spawn(process.execPath, [...programOf(file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  const seen = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      seen[name] += chunk;
    });
  const closed = once(child, 'close');
  return {
    child,
    async printed(text) {
      while (!seen.stdout.includes(text) && !seen.stderr.includes(text)) {
        if (child.exitCode !== null)
          throw new Error(`it ended without '${text}': ${seen.stdout}${seen.stderr}`);
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), closed]);
      }
    },
    async result() {
      await closed;
      return { code: child.exitCode, ...seen };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** Runs it to its end. */
export async function runCli(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<CliResult> {
  await using cli = startCli(file, args, env);
  return await cli.result();
}
