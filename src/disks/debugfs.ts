import { basename, dirname } from 'node:path';
import { execa } from 'execa';
import { Answers } from './answers.ts';
import { unreadable } from './disk-info.ts';
import { hostEnvironment, toolFault } from './host-tool.ts';

/** An ext file system in a raw disk file; `offset` in bytes. */
export interface ExtVolume {
  readonly file: string;
  readonly offset: number;
}

const BANNER = /^debugfs \d[^\n]*\n$/;

/** One debugfs that answers commands as long as it is asked; disposing of it ends it. */
export interface Debugfs extends AsyncDisposable {
  readonly answers: Answers;
  /** Sends commands, each ended by a newline. */
  ask(commands: string): void;
  /** There are no more commands. */
  noMore(): void;
  /** What an answer that is not as expected means: an abort, that it could not be started, or a damaged disk. */
  failure(cause: unknown): Promise<unknown>;
}

/**
 * Starts debugfs on a volume, for reading. `echo` makes it say each command before its answer, and write without a
 * buffer, which is slow for all but file contents; else it puts `debugfs:  ` before each.
 */
export function startDebugfs({ file, offset }: ExtVolume, echo: boolean, signal: AbortSignal): Debugfs {
  signal.throwIfAborted();
  const running = execa('debugfs', [...(echo ? ['-f', '-'] : []), `${basename(file)}?offset=${offset}`], {
    // A question mark in the folder's name would be taken for the one before the offset.
    cwd: dirname(file),
    env: hostEnvironment({ DEBUGFS_PAGER: '__none__', SS_READLINE_PATH: '' }),
    extendEnv: false,
    stdin: 'pipe',
    buffer: { stdout: false, stderr: true },
    encoding: 'utf8',
    cancelSignal: signal,
    forceKillAfterDelay: 1000,
    reject: false,
  });
  // A command that fails has no answer, and one would wait for it.
  running.stderr.on('data', (text: Buffer | string) => {
    if (!BANNER.test(String(text))) running.kill();
  });
  // When it ends early, its answers tell.
  running.stdin.on('error', () => {});
  const pieces = running.stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  return {
    answers: new Answers(pieces),
    ask: (commands) => void running.stdin.write(commands),
    noMore: () => void running.stdin.end(),
    async failure(cause) {
      running.kill();
      // What nobody reads would keep it from ending.
      running.stdout.destroy();
      const result = await running;
      signal.throwIfAborted();
      if (result.code === 'ENOENT' || result.code === 'EACCES') return toolFault('debugfs', '', result);
      return unreadable(file, 'its file system does not read as one', result.stderr, cause);
    },
    async [Symbol.asyncDispose]() {
      running.kill();
      running.stdout.destroy();
      await running;
    },
  };
}
