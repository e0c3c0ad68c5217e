import type { Inventory, ListeningPort } from '../../catalogue/inventory.ts';

/** Checks in the words of a template; each kind's names in order. */
export interface ProposedChecks {
  readonly service: Readonly<Record<string, { readonly enabled?: true; readonly running?: true }>>;
  readonly port: Readonly<Record<string, { readonly listening: true; readonly ip?: readonly string[] }>>;
  readonly user: Readonly<
    Record<string, { readonly exists: true; readonly home?: string; readonly shell?: string }>
  >;
}

/** What is not proposed, and why. */
export interface LeftOut {
  readonly check: string;
  readonly why: string;
}

/** The part of an inventory that checks are proposed from. */
export type Seen = Pick<Inventory, 'services' | 'users' | 'ports'>;

const ENABLED = new Set(['enabled', 'enabled-runtime']);

/** Where Linux takes ports that nobody asked for (ip_local_port_range). */
const CHOSEN_PORTS = { first: 32768, last: 60999 };

/** Where a machine that asks for its own address waits for the answer, by DHCP and DHCPv6. */
const DHCP_CLIENT = new Set(['udp:68', 'udp:546']);

/** Reports cut what is longer, and nobody would read it. */
const LONGEST_UNIT = 80;

/** Debian's for people (UID_MIN, UID_MAX): without a base to compare with, the others are the system's. */
const PEOPLE = { first: 1000, last: 59_999 };

/**
 * Proposes a check for each enabled unit, each port that is listened on and each user that a machine has and its base has
 * not; pure. Whether they hold is for the machine to say. Numbers that a system gives by itself (uids, ports of its own
 * choice) are not proposed, as they may be others in the next bake.
 */
export function proposeChecks(
  seen: Seen,
  base: Seen | undefined,
): { readonly checks: ProposedChecks; readonly leftOut: readonly LeftOut[] } {
  const ports = newPorts(seen, base);
  const chosen = ports.filter(({ port }) => port >= CHOSEN_PORTS.first && port <= CHOSEN_PORTS.last);
  const checks: ProposedChecks = {
    service: Object.fromEntries(
      newUnits(seen, base).map((unit) => [unit.replace(/\.service$/, ''), { enabled: true, running: true }]),
    ),
    port: Object.fromEntries(
      ports
        .filter((port) => !chosen.includes(port))
        .map(({ name, addresses }) => [
          name,
          addresses.every(isLoopback) ? { listening: true, ip: addresses } : { listening: true },
        ]),
    ),
    user: Object.fromEntries(
      newUsers(seen, base).map(({ name, home, shell }) => [name, { exists: true, home, shell }]),
    ),
  };
  return {
    checks,
    leftOut: chosen.map(({ name, process }) => ({
      check: `port ${name}${process === undefined ? '' : `, ${process}`}`,
      why: 'the kernel may have chosen it; add it when it is always this one',
    })),
  };
}

/** A unit with `@.` is enabled as a template only: nothing of that name runs. */
function newUnits(seen: Seen, base: Seen | undefined): string[] {
  const enabled = ({ services }: Seen) =>
    services.filter(({ state }) => ENABLED.has(state)).map(({ unit }) => unit);
  const before = new Set(base === undefined ? [] : enabled(base));
  return enabled(seen).filter(
    (unit) => !before.has(unit) && !unit.includes('@.') && unit.length <= LONGEST_UNIT,
  );
}

interface Port {
  /** `tcp:80`, which holds for IPv4 and IPv6. */
  readonly name: string;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly process: string | undefined;
}

/**
 * By protocol and number, in order. What only this machine can reach is the system's own affair where systemd listens
 * on it, or nobody that can be seen.
 */
function newPorts(seen: Seen, base: Seen | undefined): Port[] {
  const before = new Set((base?.ports ?? []).map(nameOf));
  const names = [...new Set(seen.ports.map(nameOf))].filter(
    (name) => !before.has(name) && !DHCP_CLIENT.has(name),
  );
  return names
    .map((name) => {
      const sockets = seen.ports.filter((socket) => nameOf(socket) === name);
      const addresses = [...new Set(sockets.map(({ address }) => address))];
      const process = sockets.find((socket) => socket.process !== undefined)?.process;
      return { name, port: sockets[0]?.port ?? 0, addresses, process };
    })
    .filter(
      ({ addresses, process = 'systemd' }) => !addresses.every(isLoopback) || !process.startsWith('systemd'),
    );
}

function nameOf({ protocol, port }: ListeningPort): string {
  return `${protocol.replace('6', '')}:${port}`;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function newUsers({ users }: Seen, base: Seen | undefined): Seen['users'] {
  if (base === undefined) return users.filter(({ uid }) => uid >= PEOPLE.first && uid <= PEOPLE.last);
  const before = new Set(base.users.map(({ name }) => name));
  return users.filter(({ name }) => !before.has(name));
}
