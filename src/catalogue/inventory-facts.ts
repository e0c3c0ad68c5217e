import type { InstalledPackage, Inventory, ListeningPort, UnitFile, User } from './inventory.ts';
import { parseSockets } from './listening-ports.ts';

/** One line before each part of what the inventory's script prints; the last part is `end` and empty. */
export const SECTION_MARK = '#kiln ';

/** The sections of a script's output by name, or nothing when it was cut off. */
export function readSections(output: string): Map<string, string[]> | undefined {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of output.split('\n')) {
    if (line.startsWith(SECTION_MARK)) {
      lines = [];
      sections.set(line.slice(SECTION_MARK.length), lines);
    } else {
      lines.push(line);
    }
  }
  return sections.has('end') ? sections : undefined;
}

/** The inventory that the sections tell; what a system does not have is simply absent. */
export function readInventory(sections: ReadonlyMap<string, readonly string[]>): Inventory {
  const lines = (name: string) => sections.get(name) ?? [];
  return {
    packages: [...tabbed(lines('packages')), ...apkPackages(lines('apk'))].sort(
      (a, b) => order(a.name, b.name) || order(a.arch, b.arch),
    ),
    services: services(lines('services')),
    users: users(lines('users')),
    ports: ports(sections),
  };
}

/** dpkg's and rpm's lines: name, version, architecture and, of dpkg, the status. */
function tabbed(lines: readonly string[]): InstalledPackage[] {
  return lines.flatMap((line) => {
    const [name, version, arch, status = 'installed'] = line.split('\t');
    if (name === undefined || version === undefined || arch === undefined || status !== 'installed')
      return [];
    // rpm's word for a package without an epoch.
    return [{ name, version: version.replace(/^\(none\):/, ''), arch }];
  });
}

/** apk's database: a paragraph per package, a letter and a colon per field. */
function apkPackages(lines: readonly string[]): InstalledPackage[] {
  return lines
    .join('\n')
    .split('\n\n')
    .flatMap((paragraph) => {
      const field = (letter: string) => new RegExp(`^${letter}:(.*)$`, 'm').exec(paragraph)?.[1];
      const [name, version, arch] = [field('P'), field('V'), field('A')];
      return name === undefined || version === undefined ? [] : [{ name, version, arch: arch ?? '' }];
    });
}

function services(lines: readonly string[]): UnitFile[] {
  const found = lines.flatMap((line) => {
    const [unit, state] = line.trim().split(/\s+/);
    return unit && state ? [{ unit, state }] : [];
  });
  return found.sort((a, b) => order(a.unit, b.unit));
}

function users(lines: readonly string[]): User[] {
  const found = lines.flatMap((line) => {
    const [name, , uid, gid, , home, shell] = line.split(':');
    if (!name || home === undefined || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home, shell: shell ?? '' }];
  });
  return found.sort((a, b) => a.uid - b.uid || order(a.name, b.name));
}

function ports(sections: ReadonlyMap<string, readonly string[]>): ListeningPort[] {
  const processes = processesByInode(sections.get('sockets') ?? [], sections.get('names') ?? []);
  const found = (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap((protocol) =>
    parseSockets(protocol, sections.get(protocol) ?? []).map(({ inode, ...port }): ListeningPort => {
      const process = processes.get(inode);
      return process === undefined ? port : { ...port, process };
    }),
  );
  // SO_REUSEPORT: one socket per worker, one port for people.
  const distinct = new Map(found.map((port) => [`${port.protocol} ${port.address} ${port.port}`, port]));
  return [...distinct.values()].sort(
    (a, b) => order(a.protocol, b.protocol) || a.port - b.port || order(a.address, b.address),
  );
}

/** Which process has which socket open, from `ls -l /proc/PID/fd` and `/proc/PID/comm`; the lowest pid's name counts. */
function processesByInode(listing: readonly string[], names: readonly string[]): Map<string, string> {
  const nameOf = new Map(
    names.flatMap((line) => {
      const [, pid, name] = /^\/proc\/(\d+)\/comm:(.*)$/.exec(line) ?? [];
      return pid === undefined || name === undefined ? [] : [[pid, name] as const];
    }),
  );
  const found = new Map<string, { pid: number; name: string }>();
  let pid = '';
  for (const line of listing) {
    pid = /^\/proc\/(\d+)\/fd:$/.exec(line)?.[1] ?? pid;
    const inode = /socket:\[(\d+)\]$/.exec(line)?.[1];
    const name = nameOf.get(pid);
    if (inode === undefined || name === undefined) continue;
    const known = found.get(inode);
    if (known === undefined || Number(pid) < known.pid) found.set(inode, { pid: Number(pid), name });
  }
  return new Map([...found].map(([inode, { name }]) => [inode, name]));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
