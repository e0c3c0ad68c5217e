import { dirname } from 'node:path';
import { madeFile, madeFolder, madeLink } from '../core/tar/made.ts';
import type { TarMember } from '../core/tar/member.ts';
import type { TreeSource } from '../tree/source.ts';

const UNITS = '/lib/systemd/system';
const ENABLED_UNITS = 'etc/systemd/system';

/** Every network card by DHCP: names differ between machine types and clouds (ens3, enp0s2, eth0). */
const NETWORK = `[Match]
Type=ether
Name=en* eth*

[Network]
DHCP=yes
`;

/** Links below etc/systemd/system and the units that they lead to, as `systemctl enable systemd-networkd` makes them. */
const ENABLED: readonly (readonly [link: string, unit: string])[] = [
  ['dbus-org.freedesktop.network1.service', 'systemd-networkd.service'],
  ['multi-user.target.wants/systemd-networkd.service', 'systemd-networkd.service'],
  [
    'network-online.target.wants/systemd-networkd-wait-online.service',
    'systemd-networkd-wait-online.service',
  ],
  ['sockets.target.wants/systemd-networkd.socket', 'systemd-networkd.socket'],
];

/**
 * A Debian tree that has a kernel, with what a machine of its own needs besides packages: a network. In a container
 * systemd-networkd does not start, as it has not the right to configure anything (`ConditionCapability=CAP_NET_ADMIN`).
 */
export function bootable(source: TreeSource, epoch: number): TreeSource {
  return {
    async *read(signal) {
      const seen = new Set<string>();
      for await (const member of source.read(signal)) {
        seen.add(member.path);
        yield member;
      }
      for (const member of networkFiles(epoch)) if (!seen.has(member.path)) yield member;
    },
  };
}

function networkFiles(mtime: number): TarMember[] {
  const links = ENABLED.map(([link, unit]) =>
    madeLink(`${ENABLED_UNITS}/${link}`, `${UNITS}/${unit}`, mtime),
  );
  const folders = [...new Set(links.map(({ path }) => dirname(path)))].map((path) => madeFolder(path, mtime));
  return [...folders, madeFile('etc/systemd/network/80-dhcp.network', NETWORK, mtime), ...links];
}
