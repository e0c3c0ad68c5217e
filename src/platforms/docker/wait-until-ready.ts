import type Docker from 'dockerode';
import { Fault } from '../../core/fault.ts';
import type { Machine } from '../platform.ts';

const READY_TIMEOUT_MS = 60_000;

/** When a started machine is ready, and what is said when it does not come to that. */
export interface Readiness {
  /** A command of a shell in it that succeeds then. */
  readonly condition: string;
  /** What else to ask for when it does not, as a shell command. */
  readonly otherwise?: string;
  /** `systemd did not come up in the machine`; how it did not is added. */
  readonly failure: string;
  readonly hint: string;
}

/** Waits inside a started machine until it is ready; `MACHINE_NOT_READY` with the end of its log when it has ended. */
export async function waitUntilReady(
  machine: Machine,
  container: Docker.Container,
  { condition, otherwise = ':', failure, hint }: Readiness,
  signal: AbortSignal,
): Promise<void> {
  // One exec that waits inside.
  const script = `n=0; while [ $n -lt ${READY_TIMEOUT_MS / 100} ]; do
    ${condition} && exit 0
    n=$((n+1)); sleep 0.1
  done; ${otherwise}; exit 1`;
  const ready = await machine
    .exec(['sh', '-c', script], { signal, timeout: READY_TIMEOUT_MS + 10_000 })
    .catch((error: unknown) => ({ exitCode: 1, stdout: '', stderr: '', error }));
  if (ready.exitCode === 0) return;
  signal.throwIfAborted();
  if ('error' in ready && ready.error instanceof Fault && ready.error.code === 'ENGINE_UNREACHABLE')
    throw ready.error;
  const [state, log] = await Promise.all([
    container
      .inspect()
      .then(({ State }) => State)
      .catch(() => undefined),
    container.logs({ stdout: true, stderr: true, tail: 15 }).catch(() => Buffer.alloc(0)),
  ]);
  const how =
    state?.Running === false
      ? `: it ended with exit code ${state.ExitCode}`
      : ` within ${READY_TIMEOUT_MS / 1000} s`;
  throw new Fault('MACHINE_NOT_READY', `${failure}${how}`, {
    details: [...ready.stdout.split('\n'), ...printable(log).split('\n')].filter(
      (line) => line.trim() !== '',
    ),
    hint,
    // That the wait was cut short says nothing more when process 1 ended.
    ...('error' in ready && state?.Running !== false ? { cause: ready.error } : {}),
  });
}

/** A container's log without the frame headers that the engine puts between its pieces. */
function printable(log: Buffer): string {
  return log.toString('utf8').replace(/[^\n\x20-\x7e]+/g, '');
}
