import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Fault } from '../../core/fault.ts';
import { withDeadline } from '../../core/wait.ts';
import { connectUnixSocket } from './unix-socket.ts';

const DEADLINE_MS = 20_000;

export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface QmpWait {
  /** Milliseconds; 20 s when it is left out. */
  readonly deadline?: number;
  readonly signal: AbortSignal;
}

/**
 * A connection to a QEMU's monitor. QEMU serves one at a time, and others wait until it is closed. Every call throws
 * `MACHINE_LOST` when QEMU ends, `QEMU_FAILED` with its own words when it refuses or when no answer comes in time.
 */
export interface Qmp {
  execute<T = unknown>(command: string, args: Readonly<Record<string, unknown>>, wait: QmpWait): Promise<T>;
  /** A line of the human monitor, and what it prints. */
  human(line: string, wait: QmpWait): Promise<string>;
  /** The next event that fits; listen before what causes it. */
  next(fits: (event: QmpEvent) => boolean, wait: QmpWait): Promise<QmpEvent>;
  /** Whether the connection stands: it ends with QEMU. */
  isOpen(): boolean;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  close(): void;
}

interface Message {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc?: string };
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly QMP?: unknown;
}

/** Connects to the monitor behind a unix socket, however long its path is, and waits its turn. */
export async function connectQmp(socketFile: string, wait: QmpWait): Promise<Qmp> {
  const socket = await connectUnixSocket(socketFile, wait.signal);
  const qmp = speak(socket);
  try {
    await qmp.greeting(wait);
    await qmp.execute('qmp_capabilities', {}, wait);
    return qmp;
  } catch (error) {
    qmp.close();
    throw error;
  }
}

function speak(socket: Socket): Qmp & { greeting(wait: QmpWait): Promise<void> } {
  const answers = new Map<number, (message: Message) => void>();
  const listeners = new Set<(event: QmpEvent) => void>();
  const lost = new Set<() => void>();
  const greeted = deferred<void>();
  const ended = deferred<void>();
  let open = true;
  let last = 0;

  const said = createInterface({ input: socket });
  said.on('line', (line) => {
    const message = parse(line);
    if (message.QMP !== undefined) greeted.resolve(undefined);
    else if (message.event !== undefined)
      for (const listener of [...listeners]) listener({ event: message.event, data: message.data ?? {} });
    else if (message.id !== undefined) answers.get(message.id)?.(message);
  });
  // What went wrong is told by whoever waits; the reader of lines hears it too.
  socket.on('error', () => {});
  said.on('error', () => {});
  socket.on('close', () => {
    open = false;
    ended.resolve(undefined);
    for (const fail of [...lost]) fail();
  });

  /** Runs `begin`, which gets a resolver, until it resolves, the connection ends, time is up or all is aborted. */
  async function until<T>(
    what: string,
    { deadline = DEADLINE_MS, signal }: QmpWait,
    begin: (resolve: (value: T) => void) => () => void,
  ): Promise<T> {
    using late = withDeadline(signal, deadline, () => tooLate(what, deadline));
    late.signal.throwIfAborted();
    const { promise, resolve, reject } = deferred<T>();
    const onAbort = () => reject(late.signal.reason);
    const onLost = () => reject(gone(what));
    late.signal.addEventListener('abort', onAbort, { once: true });
    lost.add(onLost);
    const forget = begin(resolve);
    if (!open) onLost();
    try {
      return await promise;
    } finally {
      forget();
      lost.delete(onLost);
      late.signal.removeEventListener('abort', onAbort);
    }
  }

  async function execute<T>(command: string, args: Readonly<Record<string, unknown>>, wait: QmpWait) {
    const id = ++last;
    const message = await until<Message>(command, wait, (resolve) => {
      answers.set(id, resolve);
      socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
      return () => answers.delete(id);
    });
    if (message.error === undefined) return message.return as T;
    throw new Fault('QEMU_FAILED', `QEMU refused \`${command}\`: ${message.error.desc ?? 'without a word'}`);
  }

  return {
    execute,
    human: (line, wait) => execute<string>('human-monitor-command', { 'command-line': line }, wait),
    next: (fits, wait) =>
      until<QmpEvent>('tell of an event', wait, (resolve) => {
        const listener = (event: QmpEvent) => fits(event) && resolve(event);
        listeners.add(listener);
        return () => listeners.delete(listener);
      }),
    greeting: (wait) =>
      until<void>('greet', wait, (resolve) => {
        void greeted.promise.then(() => resolve(undefined));
        return () => {};
      }),
    isOpen: () => open,
    ended: ended.promise,
    close() {
      open = false;
      socket.destroy();
    },
  };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((onValue, onReason) => {
    resolve = onValue;
    reject = onReason;
  });
  return { promise, resolve, reject };
}

function parse(line: string): Message {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return {};
  }
}

function gone(what: string): Fault {
  return new Fault('MACHINE_LOST', `QEMU ended while it was to ${what}`, {
    hint: 'Somebody or something ended it, or it ended by itself: see the end of its log.',
  });
}

function tooLate(what: string, ms: number): Fault {
  return new Fault('QEMU_FAILED', `QEMU gave no answer in ${ms / 1000} s: ${what}`, {
    hint: 'It may be stopped, or the host have no time for it.',
  });
}
