import { Fault } from '../../core/fault.ts';
import { awaitSsh } from '../ssh/await-ssh.ts';
import type { SshConnection } from '../ssh/connection.ts';
import type { SshTarget } from '../ssh/target.ts';
import type { Aws } from './aws.ts';
import { consoleLines, instanceState, stateText } from './instance-state.ts';
import { onceKnown, type Pace, until } from './until.ts';

const SSH_PORT = 22;
const STATE: Pace = { first: 1000, longest: 5000, within: 0 };
/** How often AWS is asked whether an instance is still there, while ssh is tried. */
const STATE_MS = 5000;
const UP_MS = 600_000;
const EXEC_MS = 30_000;

/** How an instance is entered: by which address, as whom, with what, and who must answer. */
export interface InstanceWay {
  readonly id: string;
  readonly user: string;
  readonly address: 'public' | 'private';
  /** As a person wrote it. */
  readonly proxyCommand?: string | undefined;
  /** The private key's file. */
  readonly identity: string;
  /** The public line of the only host key that is believed. */
  readonly hostKey: string;
  /** A private folder with a short path, for the control socket. */
  readonly folder: string;
  /** Milliseconds until it must have been entered. */
  readonly within: number;
  /** What is to be done where nobody answers. */
  readonly unanswered: string;
}

/**
 * Waits until an instance runs and enters it by ssh. `MACHINE_NOT_READY` when it ends before, with why AWS says that it
 * did; `MACHINE_UNREACHABLE` with its console's last lines when nobody answers in time, or somebody else does.
 */
export async function enterInstance(aws: Aws, way: InstanceWay, signal: AbortSignal): Promise<SshConnection> {
  const { id, user, proxyCommand, identity, hostKey, folder, within, unanswered } = way;
  const began = performance.now();
  const host = await addressOf(aws, way, signal);
  const target: SshTarget = {
    ...{ host, port: SSH_PORT, user, identity, hostKey, sudo: user !== 'root' },
    ...(proxyCommand === undefined ? {} : { proxyCommand }),
  };
  let asked = performance.now();
  const options = {
    ...{ folder, unanswered },
    within: Math.max(1000, within - (performance.now() - began)),
    async stillThere() {
      if (performance.now() - asked < STATE_MS) return undefined;
      asked = performance.now();
      const now = await instanceState(aws, id, signal);
      return now.State?.Name === 'running' ? undefined : ended(id, stateText(now));
    },
    evidence: () => consoleLines(aws, id, signal),
  };
  return await awaitSsh(target, options, signal);
}

/** The address by which it is reached, once it runs. */
async function addressOf(
  aws: Aws,
  { id, address, within }: InstanceWay,
  signal: AbortSignal,
): Promise<string> {
  const running = async () => {
    const now = await onceKnown(() => instanceState(aws, id, signal), signal);
    if (now.State?.Name === 'running') return now;
    if (now.State?.Name === 'pending' || now.State === undefined) return undefined;
    throw ended(id, stateText(now));
  };
  const instance = await until(`the instance ${id} runs`, running, { ...STATE, within }, signal);
  const host = address === 'public' ? instance.PublicIpAddress : instance.PrivateIpAddress;
  if (host !== undefined && host !== '') return host;
  throw new Fault('MACHINE_UNREACHABLE', `the instance ${id} has no ${address} address`, {
    hint: 'Take a subnet that gives public ones, or write `instance: { address: private }` in the template.',
  });
}

function ended(id: string, state: string): Fault {
  return new Fault('MACHINE_NOT_READY', `the instance ${id} did not stay: it is ${state}`, {
    hint: 'A key that AWS may not use for its disk, spare capacity that was taken back, or the limits of the account.',
  });
}

/** cloud-init first, which systemd may not wait for; systemd answers only some tenths of a second after it started. */
const UNTIL_UP = `[ -d /run/systemd/system ] || exit 0
command -v cloud-init >/dev/null && cloud-init status --wait >/dev/null 2>&1
n=0; while [ $n -lt ${UP_MS / 100} ]; do
  case $(systemctl is-system-running --wait 2>/dev/null) in running|degraded) exit 0 ;; esac
  n=$((n+1)); sleep 0.1
done; exit 1`;

/** Waits inside an instance until all that starts with it has; `MACHINE_NOT_READY` with what systemd waits for. */
export async function waitUntilUp(ssh: SshConnection, within: number, signal: AbortSignal): Promise<void> {
  const timeout = Math.min(UP_MS, within);
  const { exitCode } = await ssh.exec(['sh', '-c', UNTIL_UP], { signal, timeout }).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'TIMEOUT') return { exitCode: 1 };
    throw error;
  });
  if (exitCode === 0) return;
  const { stdout } = await ssh.exec(['systemctl', 'list-jobs', '--no-pager'], { signal, timeout: EXEC_MS });
  throw new Fault(
    'MACHINE_NOT_READY',
    `systemd did not come up in the machine within ${Math.round(timeout / 1000)} s`,
    {
      details: stdout.split('\n').filter((line) => line.trim() !== ''),
      hint: 'Something that the AMI or cloud-init starts does not come to its end.',
    },
  );
}
