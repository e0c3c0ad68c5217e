import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Fault } from '../../core/fault.ts';

/** Nothing is sent to it. */
const ANY_PORT = 22;
/** AWS keeps the first four addresses of a subnet for itself. */
const FIRST_OF_INSTANCES = 4;

/**
 * The address that this host connects from to instances of a network (CIDR, IPv4), as a range of one: its own, which
 * those behind an address translation do not see. `CLOUD_UNREACHABLE` where it has no way there.
 */
export async function sourceRange(network: string, signal: AbortSignal): Promise<string> {
  const socket = createSocket('udp4');
  try {
    const connected = once(socket, 'connect', { signal });
    socket.connect(ANY_PORT, instanceIn(network));
    await connected;
    return `${socket.address().address}/32`;
  } catch (cause) {
    signal.throwIfAborted();
    throw new Fault(
      'CLOUD_UNREACHABLE',
      `this host has no way to ${network}, where the instance gets its address`,
      {
        hint: 'Take its public address, or a `proxy-command` that leads there: see `instance:` of the template.',
        cause,
      },
    );
  } finally {
    socket.close();
  }
}

/** The first address that an instance may get. */
function instanceIn(network: string): string {
  const parts = (network.split('/')[0] ?? '').split('.').map(Number);
  const first = parts.reduce((all, part) => all * 256 + part, 0) + FIRST_OF_INSTANCES;
  return [24, 16, 8, 0].map((bits) => Math.floor(first / 2 ** bits) % 256).join('.');
}
