import { isIPv4 } from 'node:net';
import { Fault } from '../../core/fault.ts';
import { NETWORK } from './qemu-command.ts';
import type { Qmp, QmpWait } from './qmp.ts';

/** A port of the host that leads into a virtual machine. */
export interface PortForward {
  /** An IPv4 address of the host; all of them when it is left out. */
  readonly host?: string;
  /** 0 for any that is free. */
  readonly hostPort: number;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Binds a port of the host and gives its number; `PORT_TAKEN` when QEMU cannot have it. */
export async function addForward(qmp: Qmp, forward: PortForward, wait: QmpWait): Promise<number> {
  const before = forward.hostPort === 0 ? await listForwards(qmp, wait) : [];
  const said = await qmp.human(`hostfwd_add ${NETWORK} ${rule(forward)}-:${forward.port}`, wait);
  if (said.trim() !== '') {
    throw new Fault('PORT_TAKEN', `port ${forward.hostPort} cannot be bound: ${said.trim()}`);
  }
  if (forward.hostPort !== 0) return forward.hostPort;
  const now = await listForwards(qmp, wait);
  const added = now.find((one) => one.port === forward.port && !before.some((old) => same(old, one)));
  if (added === undefined) throw new Fault('QEMU_FAILED', 'QEMU does not say which port it has bound');
  return added.hostPort;
}

/** Frees a port of the host; one that was not bound stays so. */
export async function removeForward(qmp: Qmp, forward: PortForward, wait: QmpWait): Promise<void> {
  await qmp.human(`hostfwd_remove ${NETWORK} ${rule(forward)}`, wait);
}

/** The ports of the host that are bound now. */
export async function listForwards(qmp: Qmp, wait: QmpWait): Promise<PortForward[]> {
  return readForwards(await qmp.human('info usernet', wait));
}

/** What `info usernet` says of forwarded ports. */
export function readForwards(text: string): PortForward[] {
  return [...text.matchAll(/^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)\s/gm)].map(
    ([, protocol, host, hostPort, port]) => ({
      ...(host === '*' || host === '0.0.0.0' ? {} : { host }),
      hostPort: Number(hostPort),
      port: Number(port),
      protocol: protocol === 'TCP' ? 'tcp' : 'udp',
    }),
  );
}

/** Whether two are the same port of the host. */
export function same(a: PortForward, b: PortForward): boolean {
  return rule(a) === rule(b);
}

/** `CONFIG_INVALID` for a port that no virtual machine's can be bound to. */
export function assertBindable({ host }: PortForward): void {
  if (host === undefined || isIPv4(host)) return;
  throw new Fault('CONFIG_INVALID', `a virtual machine's port cannot be bound to ${host}`, {
    hint: 'QEMU takes IPv4 addresses of this host alone: write `127.0.0.1`, or leave it out.',
  });
}

function rule(forward: PortForward): string {
  assertBindable(forward);
  const { protocol, host = '', hostPort } = forward;
  return `${protocol}:${host === '0.0.0.0' ? '' : host}:${hostPort}`;
}
