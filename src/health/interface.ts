import type { InterfaceCheck } from './checks.ts';
import { addressesFromProc, SAYS_NOT_WHERE } from './interface-addresses.ts';
import { type Actual, always, type Fragment, fromRecord, type Kind } from './kind.ts';

/** Lines `NAME MTU`. */
const interfaces: Fragment = {
  key: 'interfaces',
  script: `for i in /sys/class/net/*; do
  mtu=; { read -r mtu <"$i/mtu"; } 2>/dev/null
  [ -z "$mtu" ] || echo "\${i##*/} $mtu"
done`,
};

/** What says which address is where, after a first line with its name: iproute2 or busybox's ip, else the kernel's tables. */
const addresses: Fragment = {
  key: 'addresses',
  script: `if command -v ip >/dev/null 2>&1; then echo ip; ip -o addr show
else
  echo proc
  for t in if_inet6 route fib_trie; do echo "= $t"; cat "/proc/net/$t" 2>/dev/null; done
fi`,
};

/** Network interfaces of the machine's first namespace. */
export const networkInterface: Kind<InterfaceCheck> = {
  name: 'interface',
  attributes: { exists: 'value', addrs: 'value', mtu: 'value' },
  required: 'exists',
  leads: true,
  subject(id, check) {
    const name = check.name ?? id;
    // The kernel's own rule (dev_valid_name), in letters that need no quotes.
    if (!/^[^/\s:\0]{1,15}$/.test(name) || name === '.' || name === '..')
      throw new Error(`"${name}" is no name of a network interface`);
    return name;
  },
  ask: (entries) =>
    entries.some(({ check }) => check.addrs !== undefined) ? [interfaces, addresses] : [interfaces],
  see(entry, facts) {
    const lines = (facts.get('interfaces') ?? '').split('\n').filter((line) => line !== '');
    if (lines.length === 0) return always({ unsupported: 'this machine has no /sys/class/net' });
    const mtu = lines.map((line) => line.split(' ')).find(([name]) => name === entry.subject)?.[1];
    if (mtu === undefined) return fromRecord({ exists: false });
    return fromRecord({
      exists: true,
      mtu: Number(mtu),
      addrs: addressesOf(entry.subject, facts.get('addresses') ?? ''),
    });
  },
};

function addressesOf(name: string, fact: string): Actual {
  const [way, ...lines] = fact.split('\n');
  if (way === 'ip') return { value: addressesFromIp(name, lines), remark: 'from ip' };
  const found = addressesFromProc(lines.join('\n'));
  if (found === SAYS_NOT_WHERE)
    return { unsupported: 'there is no ip, and /proc does not say which interface has which address' };
  return { value: found.get(name) ?? [], remark: 'from /proc/net' };
}

/** `2: eth0    inet 172.17.0.2/16 brd …`; of a link between two it is `inet 10.0.0.1 peer 10.0.0.2/32`. */
function addressesFromIp(name: string, lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const [, link = '', family, address = '', next, peer = ''] = line.trim().split(/\s+/);
    if (link.replace(/[@:].*$/, '') !== name || (family !== 'inet' && family !== 'inet6')) return [];
    return [next === 'peer' ? `${address}/${peer.split('/')[1]}` : address];
  });
}
