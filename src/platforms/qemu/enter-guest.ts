import { Fault } from '../../core/fault.ts';
import { awaitSsh } from '../ssh/await-ssh.ts';
import { openSsh, type SshConnection } from '../ssh/connection.ts';
import type { SshTarget } from '../ssh/target.ts';
import { SSH_PORT, TRANSPORT_FOLDER, TRANSPORT_OPTIONS, TRANSPORT_PORT } from './guest-ports.ts';
import type { MachineFolder } from './machine-folder.ts';
import type { RunningVm } from './vm.ts';
import { bootEvidence, bootFailure, whileBooting } from './watch-boot.ts';

const UP_MS = 180_000;
const TRANSPORT_MS = 20_000;
const EXEC_MS = 30_000;
const LOOPBACK = { host: '127.0.0.1', hostPort: 0, protocol: 'tcp' } as const;

/** The keys by which one machine is entered; both private halves are new for it. */
export interface GuestKeys {
  /** The file of our private key. */
  readonly identity: string;
  /** Its public half, which the guest lets in. */
  readonly authorized: string;
  /** The host key that the guest is given, as OpenSSH's text, and its public half. */
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
}

/** The way to a port of a guest, as a target that only this guest can answer. */
async function openWay(
  vm: RunningVm,
  { identity, hostKey }: GuestKeys,
  port: number,
  signal: AbortSignal,
): Promise<SshTarget> {
  const hostPort = await vm.forward({ ...LOOPBACK, port }, signal);
  return { host: LOOPBACK.host, port: hostPort, user: 'root', identity, hostKey: hostKey.publicKey };
}

/** Enters a guest that boots by an sshd in it, on a port of its; `MACHINE_UNREACHABLE` with how far its boot came. */
export async function enterGuest(
  vm: RunningVm,
  folder: MachineFolder,
  keys: GuestKeys,
  { port, within }: { readonly port: number; readonly within: number },
  signal: AbortSignal,
): Promise<SshConnection> {
  const target = await openWay(vm, keys, port, signal);
  const options = {
    folder: folder.private,
    within,
    stillThere: () => bootFailure(vm),
    evidence: () => bootEvidence(vm),
  };
  return await whileBooting(vm, signal, (both) => awaitSsh(target, options, both));
}

/** Enters a guest whose sshd of ours listens already, though it may be busy with something else first. */
export async function enterResumed(
  vm: RunningVm,
  folder: MachineFolder,
  keys: GuestKeys,
  within: number,
  signal: AbortSignal,
): Promise<SshConnection> {
  const target = await openWay(vm, keys, TRANSPORT_PORT, signal);
  const options = { folder: folder.private, timeout: within };
  return await whileBooting(vm, signal, (both) => openSsh(target, options, both));
}

/** systemd answers on its bus only some tenths of a second after it started. */
const UNTIL_UP = `command -v systemctl >/dev/null && [ -d /run/systemd/system ] || exit 0
n=0; while [ $n -lt ${UP_MS / 100} ]; do
  case $(systemctl is-system-running --wait 2>/dev/null) in running|degraded) exit 0 ;; esac
  n=$((n+1)); sleep 0.1
done; exit 1`;

/** Waits inside a guest until systemd has started all that it starts; `MACHINE_NOT_READY` with what it waits for. */
export async function waitUntilUp(vm: RunningVm, ssh: SshConnection, signal: AbortSignal): Promise<void> {
  const ended = await whileBooting(vm, signal, (both) =>
    ssh.exec(['sh', '-c', UNTIL_UP], { signal: both, timeout: UP_MS }),
  ).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'TIMEOUT') return undefined;
    throw error;
  });
  if (ended?.exitCode === 0) return;
  const jobs = await ssh
    .exec(['systemctl', 'list-jobs', '--no-pager'], { signal, timeout: EXEC_MS })
    .catch(() => ({ stdout: '' }));
  throw new Fault('MACHINE_NOT_READY', `systemd did not come up in the machine within ${UP_MS / 1000} s`, {
    details: [...jobs.stdout.split('\n').filter((line) => line.trim() !== ''), ...(await bootEvidence(vm))],
    hint: 'Something that the base starts does not come to its end.',
  });
}

const START_TRANSPORT = `set -eu
command -v systemd-run >/dev/null && [ -d /run/systemd/system ] && [ -x /usr/sbin/sshd ] || exit 3
umask 077; mkdir -p ${TRANSPORT_FOLDER} && cd ${TRANSPORT_FOLDER}
IFS= read -r key; printf '%s\\n' "$key" > authorized_keys; cat > host_key
(umask 022; mkdir -p /run/sshd)
exec systemd-run -q --collect --unit=kiln-transport --description="Kiln's way into this machine" \\
  -p Type=exec -- /usr/sbin/sshd -D -p ${TRANSPORT_PORT} "$@"`;

/**
 * Starts an sshd of ours in a guest and enters by that, so that a step that restarts, hardens or breaks the guest's own
 * does not cut us off. Gives the way that was open where it cannot be had: without systemd, or when it lets nobody in.
 */
export async function enterByTransport(
  vm: RunningVm,
  folder: MachineFolder,
  keys: GuestKeys,
  ssh: SshConnection,
  note: (message: string) => void,
  signal: AbortSignal,
): Promise<SshConnection> {
  const started = await ssh.exec(['sh', '-c', START_TRANSPORT, 'sh', ...TRANSPORT_OPTIONS], {
    signal,
    timeout: EXEC_MS,
    stdin: `${keys.authorized}\n${keys.hostKey.privateKey}`,
  });
  const own = started.exitCode === 0 ? await entered() : undefined;
  if (own === undefined) {
    note('reached by its own sshd: a step that restarts or hardens it may cut the bake off');
    return ssh;
  }
  await ssh.close();
  await vm.unforward({ ...LOOPBACK, hostPort: ssh.target.port, port: SSH_PORT }, signal);
  return own;

  async function entered(): Promise<SshConnection | undefined> {
    try {
      return await enterGuest(vm, folder, keys, { port: TRANSPORT_PORT, within: TRANSPORT_MS }, signal);
    } catch (error) {
      if (error instanceof Fault && error.code === 'MACHINE_UNREACHABLE' && ssh.alive()) return undefined;
      throw error;
    }
  }
}
