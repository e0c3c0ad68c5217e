import { Fault } from '../../core/fault.ts';
import { sleep, withDeadline } from '../../core/wait.ts';
import type { Master } from './master.ts';
import { remoteCommand } from './remote-program.ts';
import { runSession, type SessionEnd, type SessionProgram, type SessionSinks } from './session.ts';
import { directArgs, type KeepAlive, sessionArgs } from './ssh-command.ts';
import type { SshTarget } from './target.ts';

const PROBE_MS = 10_000;
/** The programs of a connection learn of its end a little before its process has ended. */
const ENDING_MS = 1000;
const DIRECT_SECONDS = 30;
/** 128 + SIGKILL: what is said of a program whose shell was killed together with it. */
const KILLED = 137;

/** A connection and what it takes to use it. */
export interface Link {
  readonly target: SshTarget;
  readonly master: Master;
  readonly keepAlive: KeepAlive;
}

/** How a program ended. */
export type ProgramEnd<Out> = SessionEnd<Out> & { readonly exitCode: number };

/** Runs a program over the connection to its end. `MACHINE_LOST` when the connection ends before it. */
export async function runOver<Out>(
  link: Link,
  program: SessionProgram,
  sinks: SessionSinks<Out>,
  signal: AbortSignal,
): Promise<ProgramEnd<Out>> {
  const { target, master, keepAlive } = link;
  const command = remoteCommand(target.sudo === true);
  const what = `run ${program.argv[0]}`;
  if (!master.alive()) throw lost(what, master.words());
  let end = await runSession(sessionArgs(target, master.socket, command), program, sinks, signal);
  // A server that allows few sessions on one connection (MaxSessions) still allows more connections.
  if (!end.started && end.words.some(isRefusal) && master.alive()) {
    end = await runSession(directArgs(target, DIRECT_SECONDS, keepAlive, command), program, sinks, signal);
  }
  const { exitCode } = end;
  if (exitCode !== undefined) return { ...end, exitCode };
  if (!(await answers(link, command, signal))) throw lost(what, [...end.words, ...master.words()]);
  if (end.started) return { ...end, exitCode: KILLED };
  throw new Fault('MACHINE_UNREACHABLE', `the machine runs no programs for ${target.user}`, {
    details: end.words,
    hint: target.sudo
      ? 'The user must be allowed to use sudo without a password.'
      : 'Look at its login shell.',
  });
}

function isRefusal(line: string): boolean {
  return /Session open refused by peer|session request failed/.test(line);
}

/** Whether the connection still stands: its process may be there while nobody answers. */
async function answers({ target, master }: Link, command: string, signal: AbortSignal): Promise<boolean> {
  if (!master.alive()) return false;
  const late = Symbol();
  using deadline = withDeadline(signal, PROBE_MS, () => late);
  const sinks = { stdout: exhaust, stderr: exhaust };
  const args = sessionArgs(target, master.socket, command);
  try {
    const { exitCode, words } = await runSession(args, { argv: ['true'] }, sinks, deadline.signal);
    if (exitCode === 0 || words.some(isRefusal)) return true;
    await Promise.race([master.ended, sleep(ENDING_MS, signal)]);
    return master.alive();
  } catch (error) {
    if (error === late) return false;
    throw error;
  }
}

async function exhaust(pieces: AsyncIterable<unknown>): Promise<string> {
  for await (const _piece of pieces);
  return '';
}

function lost(what: string, words: readonly string[]): Fault {
  return new Fault('MACHINE_LOST', `the connection to the machine ended: ${what}`, {
    details: words.slice(-5),
    hint: "See the machine's console for why it ended or left the network, and run the command again.",
  });
}
