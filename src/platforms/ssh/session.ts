import { randomUUID } from 'node:crypto';
import { feed } from './feed.ts';
import { withoutMarks } from './marks.ts';
import { programText, type RemoteProgram } from './remote-program.ts';
import { runSsh } from './run-ssh.ts';

/** Children that outlive a program may hold its output open: they are cut off when they are silent so long, or at last. */
const SETTLE_QUIET_MS = 2000;
const SETTLE_LONGEST_MS = 10_000;
const SETTLE_POLL_MS = 100;
const KEPT_NOISE = 4096;

/** A program, and what it reads. */
export interface SessionProgram extends Omit<RemoteProgram, 'stdin'> {
  readonly stdin?: string | AsyncIterable<Uint8Array> | undefined;
}

/** What reads a program's output. */
export interface SessionSinks<Out> {
  readonly stdout: (pieces: AsyncIterable<Buffer>) => Promise<Out>;
  readonly stderr: (pieces: AsyncIterable<Buffer>) => Promise<string>;
}

/** How a session came to its end. */
export interface SessionEnd<Out> {
  /** Whether the program ran at all. */
  readonly started: boolean;
  /** Nothing when the session ended before the program did, or when the program's shell was killed with it. */
  readonly exitCode: number | undefined;
  readonly stdout: Out;
  readonly stderr: string;
  /** What ssh and the login shell said themselves. */
  readonly words: readonly string[];
}

/**
 * Runs a program by an ssh client with these arguments. When the signal is aborted or a source or sink fails, the
 * client ends, and the program runs on until the caller kills it.
 */
export async function runSession<Out>(
  args: readonly string[],
  { stdin, ...program }: SessionProgram,
  sinks: SessionSinks<Out>,
  signal: AbortSignal,
): Promise<SessionEnd<Out>> {
  signal.throwIfAborted();
  const mark = `kiln-${randomUUID()}`;
  const text = programText({ ...program, stdin: stdin !== undefined }, mark);
  const ssh = runSsh(args, 'pipe');
  const input = ssh.stdin as NonNullable<typeof ssh.stdin>;
  let noise = '';
  let exitCode: number | undefined;
  let started = false;
  let exitedAt = 0;
  let lastPieceAt = 0;
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => {});

  const marks = {
    onStart() {
      if (started) return;
      started = true;
      // Only now: what is read from a source cannot be read again, should the session be refused.
      if (stdin === undefined) input.end();
      else feed(input, stdin).catch(fail);
    },
    onExit(code: number) {
      exitCode = code;
      exitedAt = performance.now();
    },
  };
  const pieces = (stream: AsyncIterable<Uint8Array>) =>
    withoutMarks(timed(stream), mark, marks, (words) => {
      noise = (noise + words).slice(-KEPT_NOISE);
    });
  async function* timed(stream: AsyncIterable<Uint8Array>) {
    for await (const piece of stream) {
      lastPieceAt = performance.now();
      yield piece;
    }
  }
  const settle = setInterval(() => {
    if (exitedAt === 0) return;
    const now = performance.now();
    const quiet = now - Math.max(exitedAt, lastPieceAt) > SETTLE_QUIET_MS;
    if (quiet || now - exitedAt > SETTLE_LONGEST_MS) ssh.kill('SIGTERM');
  }, SETTLE_POLL_MS);
  const onAbort = () => fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  input.on('error', () => {});
  input.write(text);
  try {
    const outputs = Promise.all([sinks.stdout(pieces(ssh.stdout)), sinks.stderr(pieces(ssh.stderr))]);
    outputs.catch(fail);
    const [stdout, stderr] = await Promise.race([failed, outputs]);
    await Promise.race([failed, ssh]);
    return { started, exitCode, stdout, stderr, words: lines(noise) };
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearInterval(settle);
    ssh.kill('SIGTERM');
    ssh.stdout.destroy();
    ssh.stderr.destroy();
    input.destroy();
  }
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
