import type { PortCheck } from './checks.ts';
import { connectFromOutside } from './connect-outside.ts';
import { always, type Fragment, fromRecord, type Kind } from './kind.ts';

/** A socket that waits for others: a TCP listener, or a UDP socket without a peer. */
export interface Listener {
  readonly net: string;
  readonly ip: string;
  readonly port: number;
}

/** The kernel's socket tables (https://docs.kernel.org/networking/proc_net_tcp.html), each after a line `= NAME`. */
export const socketTables: Fragment = {
  key: 'sockets',
  script: 'for t in tcp tcp6 udp udp6; do echo "= $t"; cat "/proc/net/$t" 2>/dev/null; done',
};

const MAX_OTHERS = 10;

/** Of a connection from outside, as `http` has it. */
const OUTSIDE_MS = 5_000;

/**
 * `tcp:80` holds for an IPv4 or an IPv6 listener, `tcp4:80` and `tcp6:80` for that one only; `udp` likewise.
 * From outside it can be seen that something takes TCP connections, and not that nothing listens, or where.
 */
export const port: Kind<PortCheck> = {
  name: 'port',
  attributes: { listening: 'value', ip: 'value' },
  required: 'listening',
  leads: true,
  works: 'listening',
  subject(id, check) {
    const name = check.port ?? id;
    const [, net = 'tcp', number] = /^(?:((?:tcp|udp)[46]?):)?(\d+)$/.exec(name) ?? [];
    if (number === undefined || Number(number) > 65_535)
      throw new Error(`"${name}" is no port such as tcp:80`);
    return `${net}:${Number(number)}`;
  },
  ask: () => [socketTables],
  fromOutside: ({ subject, check }) =>
    /^tcp4?:/.test(subject) && check.listening === true && check.ip === undefined,
  async askOutside(entries, facts, outside) {
    const { address } = outside;
    if (facts.has('sockets') || address === undefined) return new Map();
    const answers = entries.map(async ({ key, subject }): Promise<[string, string]> => {
      const to = { host: address, port: Number(subject.split(':')[1]), timeout: OUTSIDE_MS };
      return [`${key}.outside`, await connectFromOutside(to, outside.signal)];
    });
    return new Map(await Promise.all(answers));
  },
  see(entry, facts) {
    const [net = '', number] = entry.subject.split(':');
    const answer = facts.get(`${entry.key}.outside`);
    if (answer !== undefined) {
      const listening = answer === 'yes' ? true : { value: false, remark: answer };
      return { ...fromRecord({ listening }), evidence: ['asked from outside'] };
    }
    const tables = facts.get('sockets');
    if (!tables?.includes('local_address')) return always({ unsupported: 'this machine has no /proc/net' });
    const listeners = readListeners(tables);
    const ips = listeners
      .filter((listener) => listener.port === Number(number) && covers(net, listener.net))
      .map(({ ip }) => ip);
    const sighting = fromRecord({ listening: ips.length > 0, ip: ips });
    return ips.length > 0 ? sighting : { ...sighting, evidence: [whatListens(listeners)] };
  },
};

/** What is listened on instead: most often the service is up, on another port than was thought. */
function whatListens(listeners: readonly Listener[]): string {
  const others = [...new Set(listeners.map((listener) => `${listener.net}:${listener.port}`))];
  if (others.length === 0) return 'nothing listens on any port';
  const more = others.length > MAX_OTHERS ? ` and ${others.length - MAX_OTHERS} more` : '';
  return `listening: ${others.slice(0, MAX_OTHERS).join(', ')}${more}`;
}

/** The listeners in the `sockets` fact. */
export function readListeners(tables: string): Listener[] {
  const listeners: Listener[] = [];
  let net = '';
  for (const line of tables.split('\n')) {
    if (line.startsWith('= ')) net = line.slice(2);
    const [, local = '', , state] = line.trim().split(/\s+/);
    const [address, number] = local.split(':');
    // 0A is TCP_LISTEN; 07, TCP_CLOSE, is a UDP socket that is connected to nobody.
    if (number === undefined || address === undefined || state !== (net.startsWith('tcp') ? '0A' : '07'))
      continue;
    listeners.push({ net, ip: readAddress(address), port: Number.parseInt(number, 16) });
  }
  return listeners;
}

function covers(asked: string, found: string): boolean {
  if (asked.endsWith('4')) return found === asked.slice(0, -1);
  return asked.endsWith('6') ? found === asked : found === asked || found === `${asked}6`;
}

/** Addresses are printed as 32-bit words of the machine's order: little-endian on all that a bake runs on. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = bytes.flatMap((byte, index) => (index % 2 === 0 ? [`${byte}${bytes[index + 1]}`] : []));
  return shortestIpv6(groups.map((group) => Number.parseInt(group, 16).toString(16)));
}

/** RFC 5952, of eight groups in hex without leading zeros: the longest run of zero groups, the first of equals, becomes `::`. */
export function shortestIpv6(groups: readonly string[]): string {
  const runs = groups.map((_, start) => {
    const end = groups.findIndex((group, index) => index >= start && group !== '0');
    return (end === -1 ? groups.length : end) - start;
  });
  const longest = Math.max(...runs);
  if (longest < 2) return groups.join(':');
  const start = runs.indexOf(longest);
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + longest).join(':')}`;
}
