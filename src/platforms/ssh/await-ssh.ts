import type { Fault } from '../../core/fault.ts';
import { sleep } from '../../core/wait.ts';
import { connectionOf, refusalFault, type SshConnection } from './connection.ts';
import { type SshOptions, startMaster } from './master.ts';
import { KEEP_ALIVE } from './ssh-command.ts';
import type { SshTarget } from './target.ts';

const PAUSE_MS = 200;
const LONGEST_TRY_MS = 10_000;
const SHORTEST_TRY_MS = 1000;

export interface AwaitSshOptions extends Omit<SshOptions, 'timeout'> {
  /** Milliseconds until it must have answered. */
  readonly within: number;
  /** Asked between tries: what ended the machine, if anything did; it ends the wait. */
  readonly stillThere: () => Promise<Fault | undefined>;
  /** Lines that are added to the fault, such as the console's last ones. */
  readonly evidence?: () => Promise<readonly string[]>;
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
  const { within, stillThere, evidence = async () => [], folder, keepAlive = KEEP_ALIVE } = options;
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  for (;;) {
    // A packet that was sent before the machine had a network may never be answered: short tries at first.
    const patience = Math.min(LONGEST_TRY_MS, Math.max(SHORTEST_TRY_MS, elapsed() / 5));
    const timeout = Math.max(1, Math.min(patience, within - elapsed()));
    const attempt = await startMaster(target, { folder, timeout, keepAlive }, signal);
    if ('master' in attempt) return connectionOf({ target, master: attempt.master, keepAlive });
    const { refusal } = attempt;
    const fault = await stillThere();
    if (fault !== undefined) throw fault;
    if (refusal.kind === 'wrong host key') throw refusalFault(target, refusal, '', await evidence());
    if (elapsed() >= within)
      throw refusalFault(target, refusal, ` within ${within / 1000} s`, await evidence());
    await sleep(Math.min(PAUSE_MS, Math.max(1, within - elapsed())), signal);
  }
}
