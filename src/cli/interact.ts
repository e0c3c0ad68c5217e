import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Fault } from '../core/fault.ts';
import type { Display } from '../ui/display.ts';
import type { Interact } from './answer.ts';

/** The one interactive program at a time that the terminal has room for. */
export interface Interactor {
  readonly interact: Interact;
  /** While it does, Ctrl-C is the program's. */
  busy(): boolean;
}

/** Runs interactive programs on our own terminal, one after another; the signal ends the one that runs. */
export function interactor(display: Display, signal: AbortSignal): Interactor {
  let last: Promise<unknown> = Promise.resolve();
  let running = 0;

  async function open(argv: readonly string[]): Promise<void> {
    signal.throwIfAborted();
    running += 1;
    try {
      await display.suspend(() => run(argv, signal));
    } finally {
      running -= 1;
    }
  }

  return {
    interact(argv) {
      const mine = last.then(() => open(argv));
      last = mine.catch(() => {});
      return mine;
    },
    busy: () => running > 0,
  };
}

/** Whether somebody sits there: both what is typed and what is shown is a terminal. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

async function run([program = '', ...rest]: readonly string[], signal: AbortSignal): Promise<void> {
  // what the person types and sees is no result, so it never goes into a redirected stdout
  const stdout = process.stdout.isTTY ? 'inherit' : process.stderr;
  const child = spawn(program, rest, { stdio: ['inherit', stdout, 'inherit'] });
  const end = () => child.kill('SIGHUP');
  signal.addEventListener('abort', end, { once: true });
  try {
    await once(child, 'exit');
  } catch (cause) {
    throw new Fault('HOST_TOOL_MISSING', `${program} cannot be started`, { cause });
  } finally {
    signal.removeEventListener('abort', end);
  }
}
