import type { ListeningPort } from './inventory.ts';

/** A listening socket as the kernel's table has it. */
export interface Socket extends Omit<ListeningPort, 'process'> {
  readonly inode: string;
}

const LISTEN = '0A';
const UNCONNECTED = '07';
/** The engine puts its resolver on this address of every container: it is no part of an image. */
const ENGINE_RESOLVER = '127.0.0.11';
/** Where Linux takes ports for clients unless told otherwise (ip_local_port_range): a udp socket there awaits an answer. */
const CLIENT_PORTS = { first: 32768, last: 60999 };

/** The listening sockets of one `/proc/net/{tcp,tcp6,udp,udp6}`, on a little-endian machine. */
export function parseSockets(protocol: ListeningPort['protocol'], table: readonly string[]): Socket[] {
  const udp = protocol.startsWith('udp');
  return table.flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const [, hex, portHex] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local ?? '') ?? [];
    if (hex === undefined || portHex === undefined || inode === undefined) return [];
    if (state !== (udp ? UNCONNECTED : LISTEN)) return [];
    const port = Number.parseInt(portHex, 16);
    const address = addressOf(hex);
    if (address === ENGINE_RESOLVER) return [];
    if (udp && port >= CLIENT_PORTS.first && port <= CLIENT_PORTS.last) return [];
    return [{ protocol, address, port, inode }];
  });
}

/** The kernel prints an address as 32-bit words in the machine's byte order. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = bytes.join('').match(/.{4}/g) ?? [];
  // A URL's host name is the one place in Node that shortens an IPv6 address by RFC 5952.
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
