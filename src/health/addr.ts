import { shellJoin } from '../core/shell-quote.ts';
import type { AddrCheck } from './checks.ts';
import { isLoopback } from './http-script.ts';
import { type Actual, always, type Entry, type Facts, fromRecord, type Kind } from './kind.ts';
import { PERL_CONNECT } from './perl-connect.ts';
import { readListeners, socketTables } from './port.ts';
import { seconds } from './seconds.ts';

/** goss's. */
const DEFAULT_TIMEOUT_MS = 500;

/** To look the name up, and for a client to start on a slow machine. */
const GRACE_MS = 5000;

/**
 * Whether something takes connections at an address, asked inside the machine by perl, curl or nc. Without any of them the
 * kernel's socket tables answer for loopback addresses.
 *
 * `udp` says, as in goss, no more than that there is a name and a way: nothing is sent.
 */
export const addr: Kind<AddrCheck> = {
  name: 'addr',
  attributes: { reachable: 'value' },
  required: 'reachable',
  works: 'reachable',
  subject(id, check) {
    const text = check.address ?? id;
    const address = readAddress(text);
    if (address === undefined) throw new Error(`"${text}" is no address such as tcp://127.0.0.1:80`);
    return `${address.network}://${address.host}:${address.port}`;
  },
  ask: (entries) => [
    socketTables,
    ...entries.map((entry) => ({
      key: entry.key,
      script: connectScript(entry),
      limit: timeoutOf(entry) + GRACE_MS,
    })),
  ],
  see(entry, facts) {
    const [way = '', answer] = (facts.get(`${entry.key}.out`) ?? '').trim().split(' ');
    if (facts.get(`${entry.key}.exit`) === 'late' || answer === 'late')
      return fromRecord({
        reachable: { value: false, remark: `no answer within ${seconds(timeoutOf(entry))}` },
      });
    if (way === 'none') return withoutClient(entry, facts);
    const reason = (facts.get(`${entry.key}.err`) ?? '').trim().split('\n').at(-1);
    if (answer === undefined) return always({ unknown: `it was not asked${reason ? `: ${reason}` : ''}` });
    const reachable: Actual =
      answer === 'yes' || !reason ? { value: answer === 'yes' } : { value: false, remark: reason };
    return { ...fromRecord({ reachable }), evidence: [`asked with ${way} inside the machine`] };
  },
};

interface Address {
  readonly network: string;
  /** IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
}

function readAddress(text: string): Address | undefined {
  const [, network = 'tcp', host, port] =
    /^(?:(tcp[46]?|udp):\/\/)?([\w.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || host.startsWith('-') || Number(port) > 65_535) return undefined;
  return { network, host, port: Number(port) };
}

function timeoutOf({ check }: Entry<AddrCheck>): number {
  return check.timeout || DEFAULT_TIMEOUT_MS;
}

/** Prints the client and `yes`, `no` or `late`. */
function connectScript(entry: Entry<AddrCheck>): string {
  const { network, host, port } = readAddress(entry.subject) as Address;
  const bare = host.replace(/[[\]]/g, '');
  const local = entry.check['local-address'] ?? '';
  const timeout = timeoutOf(entry);
  const perl = ['perl', '-e', PERL_CONNECT, network, bare, String(port), String(timeout), local];
  const curl = [
    ...['curl', '-q', '-sS', '--noproxy', '*', '-o', '/dev/null', '--max-time', String(timeout / 1000)],
    ...(local === '' ? [] : ['--interface', local]),
    ...(network === 'tcp4' ? ['-4'] : network === 'tcp6' ? ['-6'] : []),
    ...['-w', '%{time_connect}', `telnet://${host}:${port}`],
  ];
  const nc = [
    ...['nc', '-z', '-w', String(Math.ceil(timeout / 1000))],
    ...(local === '' ? [] : ['-s', local]),
    ...[bare, String(port)],
  ];
  return [
    `if command -v perl >/dev/null 2>&1; then ${shellJoin(perl)}`,
    ...(network === 'udp'
      ? []
      : [
          'elif command -v curl >/dev/null 2>&1; then',
          `  time=$(${shellJoin(curl)} </dev/null); status=$?`,
          // It has connected when that took a time, whatever became of it then.
          `  case $status:$time in 0:*|*:*[1-9]*) echo curl yes ;; 28:*) echo curl late ;; *) echo curl no ;; esac`,
        ]),
    ...(network === 'tcp'
      ? [
          `elif nc -h 2>&1 </dev/null | grep -q -e -z; then`,
          `  if ${shellJoin(nc)} >/dev/null; then echo nc yes; else echo nc no; fi`,
        ]
      : []),
    'else echo none; fi',
  ].join('\n');
}

function withoutClient(entry: Entry<AddrCheck>, facts: Facts) {
  const { network, host, port } = readAddress(entry.subject) as Address;
  const tables = facts.get('sockets') ?? '';
  const unsupported = 'no perl, curl or nc inside the machine to ask with';
  if (network === 'udp' || !isLoopback(host) || entry.check['local-address'] !== undefined)
    return fromRecord({ reachable: { unsupported } });
  if (!tables.includes('local_address')) return fromRecord({ reachable: { unsupported } });
  const reachable = readListeners(tables).some(
    (listener) =>
      listener.net.startsWith('tcp') && listener.port === port && takes(listener.ip, host, network),
  );
  return { ...fromRecord({ reachable }), evidence: ["read from the kernel's socket tables"] };
}

/** Whether a listener at one address takes connections to a loopback address; `::` takes those of IPv4, too. */
function takes(listening: string, host: string, network: string): boolean {
  const v4 = network !== 'tcp6' && host !== '[::1]' && host !== '[::]';
  const v6 = network !== 'tcp4' && !/^\d/.test(host);
  const own = /^\d/.test(host) && host !== '0.0.0.0' ? host : '127.0.0.1';
  return (v4 && ['0.0.0.0', '::', own].includes(listening)) || (v6 && ['::', '::1'].includes(listening));
}
