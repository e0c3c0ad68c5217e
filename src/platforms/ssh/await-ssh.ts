import type { Fault } from '../../core/fault.ts';
import { sleep } from '../../core/wait.ts';
import { connectionOf, refusalFault, type SshConnection } from './connection.ts';
import { type Refusal, type SshOptions, startMaster } from './master.ts';
import { KEEP_ALIVE } from './ssh-command.ts';
import type { SshTarget } from './target.ts';

const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2000;
const SHORTEST_GREETING_MS = 1000;
const LONGEST_GREETING_MS = 10_000;
const HANDSHAKE_MS = 20_000;

export interface AwaitSshOptions extends Omit<SshOptions, 'timeout' | 'greeting'> {
  /** Milliseconds until it must have answered. */
  readonly within: number;
  /** Asked between tries: what ended the machine, if anything did; it ends the wait. */
  readonly stillThere: () => Promise<Fault | undefined>;
  /** Lines that are added to the fault, such as the console's last ones. */
  readonly evidence?: () => Promise<readonly string[]>;
  /** The fault's hint where nobody answers, instead of the general one. */
  readonly unanswered?: string;
}

/**
 * Waits until a machine that boots lets us in. `MACHINE_UNREACHABLE` at the deadline, and at once when another host
 * key than the pinned one answers; what `stillThere` gives is thrown as it is.
 */
export async function awaitSsh(
  target: SshTarget,
  options: AwaitSshOptions,
  signal: AbortSignal,
): Promise<SshConnection> {
  const {
    within,
    stillThere,
    evidence = async () => [],
    folder,
    keepAlive = KEEP_ALIVE,
    unanswered,
  } = options;
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  let telling: Refusal | undefined;
  for (;;) {
    const left = Math.max(1, within - elapsed());
    // What was sent before the machine had a network is answered late or never: short tries at first. One that has
    // been answered is given time, as a handshake takes it where the processor is emulated and busy.
    const greeting = Math.min(LONGEST_GREETING_MS, Math.max(SHORTEST_GREETING_MS, elapsed() / 5));
    const timeout = Math.min(HANDSHAKE_MS, left);
    const attempt = await startMaster(target, { folder, timeout, greeting, keepAlive }, signal);
    if ('master' in attempt) return connectionOf({ target, master: attempt.master, keepAlive });
    const { refusal } = attempt;
    if (!refusal.cutOff || telling === undefined) telling = refusal;
    const fault = await stillThere();
    if (fault !== undefined) throw fault;
    if (refusal.kind === 'wrong host key') throw refusalFault(target, refusal, '', await evidence());
    if (elapsed() >= within) {
      const seconds = Math.round(within / 100) / 10;
      throw refusalFault(target, telling, ` within ${seconds} s`, await evidence(), unanswered);
    }
    // Each try is a program of its own, and hundreds of machines may be waited for at once.
    const pause = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, elapsed() / 100));
    await sleep(Math.min(pause, Math.max(1, within - elapsed())), signal);
  }
}
