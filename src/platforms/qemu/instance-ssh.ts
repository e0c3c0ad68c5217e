import { Fault } from '../../core/fault.ts';
import type { PublishedPort } from '../launcher.ts';
import { awaitSsh } from '../ssh/await-ssh.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { SSH_PORT } from './guest-ports.ts';
import { findInstanceKeys } from './instance-keys.ts';
import { listForwards, type PortForward, same } from './port-forwards.ts';
import type { RunningVm } from './vm.ts';
import { bootEvidence, bootFailure, whileBooting } from './watch-boot.ts';

/** The port of this host by which an instance is entered, whatever it publishes. */
export const ENTRY: PortForward = { host: '127.0.0.1', hostPort: 0, port: SSH_PORT, protocol: 'tcp' };

/** Connects to an instance's sshd as root, within so many milliseconds; `MACHINE_UNREACHABLE` with its console's end. */
export async function connectInstance(
  vm: RunningVm,
  publish: readonly PublishedPort[],
  within: number,
  signal: AbortSignal,
): Promise<SshConnection> {
  const keys = await findInstanceKeys(vm.folder);
  if (keys === undefined) {
    throw new Fault(
      'MACHINE_UNREACHABLE',
      `the key by which the instance in ${vm.folder} is entered is gone`,
      {
        hint: 'A logout took it with it; let this user linger (`loginctl enable-linger`), and launch it anew.',
      },
    );
  }
  const forwards = await listForwards(vm.qmp, { signal });
  const entry = forwards.find(
    (one) => one.port === SSH_PORT && one.host === ENTRY.host && !publish.some((port) => same(port, one)),
  );
  const port = entry?.hostPort ?? (await vm.forward(ENTRY, signal));
  const target = { host: '127.0.0.1', port, user: 'root', identity: keys.identity, hostKey: keys.hostKey };
  const options = {
    folder: keys.folder,
    within,
    stillThere: () => bootFailure(vm),
    evidence: () => bootEvidence(vm),
  };
  return await whileBooting(vm, signal, (both) => awaitSsh(target, options, both));
}
