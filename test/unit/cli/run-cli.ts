import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

const ROOT = resolve(import.meta.dirname, '../../..');
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

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

/** Starts a TypeScript file of the project, as `bake` and `launch` are started, without a terminal. */
export function startCli(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCli {
  const child = spawn(process.execPath, ['--import', TSX, resolve(ROOT, file), ...args], {
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
