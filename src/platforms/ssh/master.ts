import { randomBytes } from 'node:crypto';
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../../core/fault.ts';
import { withDeadline } from '../../core/wait.ts';
import { runSsh, type SshProcess } from './run-ssh.ts';
import { KEEP_ALIVE, type KeepAlive, masterArgs } from './ssh-command.ts';
import type { SshTarget } from './target.ts';

/** sun_path has 108 bytes, and ssh makes the socket under a name that is 17 longer (muxserver_listen). */
const LONGEST_SOCKET = 107 - 17;
const POLL_MS = 5;
const END_MS = 2000;
const KEPT_WORDS = 4096;

export interface SshOptions {
  /** A private folder with a short path, for the control socket. */
  readonly folder: string;
  /** Milliseconds for the connection to stand. */
  readonly timeout: number;
  /** Milliseconds until the machine's first word, when that is to come sooner; whole seconds are counted. */
  readonly greeting?: number;
  readonly keepAlive?: KeepAlive;
}

/** The process that holds the connection. */
export interface Master {
  readonly socket: string;
  alive(): boolean;
  /** The last lines that it said. */
  words(): string[];
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it, waits for that and removes its socket. */
  end(): Promise<void>;
}

/** Why no connection came to stand, in ssh's own last words. */
export interface Refusal {
  readonly kind: 'wrong host key' | 'key refused' | 'no answer';
  readonly words: readonly string[];
  /** Nothing came within the time, so that there is no telling what would have. */
  readonly cutOff: boolean;
}

/**
 * Opens a connection. What the machine answers otherwise is a `refusal`; `HOST_TOOL_MISSING` without a client, and the
 * signal's reason when it is aborted.
 */
export async function startMaster(
  target: SshTarget,
  { folder, timeout, greeting = timeout, keepAlive = KEEP_ALIVE }: SshOptions,
  signal: AbortSignal,
): Promise<{ readonly master: Master } | { readonly refusal: Refusal }> {
  signal.throwIfAborted();
  const socket = join(folder, `ssh-${randomBytes(4).toString('hex')}`);
  if (Buffer.byteLength(socket) > LONGEST_SOCKET) {
    throw new Fault('MACHINE_UNREACHABLE', `the path is too long for a socket of ssh: ${socket}`, {
      hint: 'Set XDG_RUNTIME_DIR to a folder with a shorter path.',
    });
  }
  const seconds = Math.max(1, Math.ceil(greeting / 1000));
  const master = watch(runSsh(masterArgs(target, socket, seconds, keepAlive), 'ignore'), socket);
  const late = Symbol();
  using deadline = withDeadline(signal, timeout, () => late);
  try {
    while (master.alive()) {
      deadline.signal.throwIfAborted();
      if (await exists(socket)) return { master };
      await Promise.race([master.ended, delay(POLL_MS)]);
    }
  } catch (error) {
    await master.end();
    if (error !== late) throw error;
    const words = [...master.words(), `no answer within ${Math.round(timeout) / 1000} s`];
    return { refusal: { kind: 'no answer', words, cutOff: true } };
  }
  await master.end();
  const words = master.words();
  if (words.some((line) => /failed to execute ssh|setpriv.*ENOENT/.test(line))) {
    throw new Fault(
      'HOST_TOOL_MISSING',
      'there is no OpenSSH client, which virtual machines are reached by',
      {
        hint: 'Install it: `apt-get install openssh-client util-linux`, or run `make setup`.',
      },
    );
  }
  return { refusal: { kind: kindOf(words), words, cutOff: false } };
}

function kindOf(words: readonly string[]): Refusal['kind'] {
  const said = (pattern: RegExp) => words.some((line) => pattern.test(line));
  if (said(/Host key verification failed|no matching host key type found/)) return 'wrong host key';
  if (said(/Permission denied|Too many authentication failures/)) return 'key refused';
  return 'no answer';
}

function watch(process: SshProcess, socket: string): Master {
  let text = '';
  let over = false;
  process.stdout.resume();
  process.stderr.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-KEPT_WORDS);
  });
  const ended = process.then((result) => {
    over = true;
    if (result.code !== undefined) text += `\n${result.originalMessage ?? result.code}`;
  });
  return {
    socket,
    ended,
    alive: () => !over,
    words: () =>
      text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    async end() {
      process.kill('SIGTERM');
      if ((await Promise.race([ended.then(() => 'ended'), delay(END_MS)])) !== 'ended')
        process.kill('SIGKILL');
      await ended;
      await rm(socket, { force: true });
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
