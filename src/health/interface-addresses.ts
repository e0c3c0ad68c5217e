import { shortestIpv6 } from './port.ts';

/** The kernel's tables have an address that could be of several interfaces, or of none. */
export const SAYS_NOT_WHERE = Symbol('says not where');

interface Route {
  readonly name: string;
  readonly network: number;
  readonly prefix: number;
}

/**
 * Which interface has which addresses (`172.17.0.2/16`), from `if_inet6`, `route` and `fib_trie` of /proc/net, each after
 * a line `= NAME`.
 *
 * The first says it outright. An IPv4 address belongs to the interface whose network it is in, for which the kernel adds a
 * route of its own when the address is set; where that is not one interface alone, nothing is guessed.
 */
export function addressesFromProc(
  tables: string,
): ReadonlyMap<string, readonly string[]> | typeof SAYS_NOT_WHERE {
  const { if_inet6: inet6 = [], route = [], fib_trie: trie = [] } = tablesOf(tables);
  const found = new Map<string, string[]>();
  const add = (name: string, address: string) => found.set(name, [...(found.get(name) ?? []), address]);
  const routes = route.flatMap(readRoute);
  for (const address of localAddresses(trie)) {
    const home = address.startsWith('127.') ? { name: 'lo', prefix: 8 } : homeOf(address, routes);
    if (home === undefined) return SAYS_NOT_WHERE;
    add(home.name, `${address}/${home.prefix}`);
  }
  for (const line of inet6) {
    const [hex = '', , prefix = '', , , name] = line.trim().split(/\s+/);
    if (name !== undefined) add(name, `${readIpv6(hex)}/${Number.parseInt(prefix, 16)}`);
  }
  return found;
}

function tablesOf(text: string): Record<string, string[]> {
  const tables: Record<string, string[]> = {};
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('= ')) {
      lines = [];
      tables[line.slice(2)] = lines;
    } else lines.push(line);
  }
  return tables;
}

/** `|-- 172.17.0.2` and below it `/32 host LOCAL`. */
function localAddresses(trie: readonly string[]): Set<string> {
  const found = new Set<string>();
  let leaf = '';
  for (const line of trie) {
    leaf = /\|-- ([\d.]+)/.exec(line)?.[1] ?? leaf;
    if (/^\s*\/32 host LOCAL/.test(line)) found.add(leaf);
  }
  return found;
}

/** Name, destination, gateway, …, mask; those without a gateway lead to the interface's own network. */
function readRoute(line: string): Route[] {
  const [name = '', destination = '', gateway, , , , , mask = ''] = line.trim().split(/\s+/);
  if (gateway !== '00000000' || mask === '00000000') return [];
  return [{ name, network: readHex(destination), prefix: bitsOf(readHex(mask)) }];
}

function homeOf(address: string, routes: readonly Route[]): Route | undefined {
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const around = routes.filter(
    ({ network, prefix }) =>
      Math.floor(number / 2 ** (32 - prefix)) === Math.floor(network / 2 ** (32 - prefix)),
  );
  const longest = Math.max(...around.map(({ prefix }) => prefix));
  const homes = around.filter(({ prefix }) => prefix === longest);
  return new Set(homes.map(({ name }) => name)).size === 1 ? homes[0] : undefined;
}

/** Printed as a word of the machine's order: little-endian on all that a bake runs on. */
function readHex(hex: string): number {
  return Buffer.from(hex, 'hex').readUInt32LE();
}

function bitsOf(mask: number): number {
  return mask.toString(2).replaceAll('0', '').length;
}

function readIpv6(hex: string): string {
  const groups = hex.match(/.{4}/g) ?? [];
  return shortestIpv6(groups.map((group) => Number.parseInt(group, 16).toString(16)));
}
