import { madeFile, madeLink } from '../../core/tar/made.ts';
import type { TarMember } from '../../core/tar/member.ts';

const HOSTS = '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n';

/**
 * What a machine needs and no tree has (`tree/outside.ts`): a container's engine lays its own over these. There is no
 * `/etc/hostname`, so that a machine takes the name that it is given.
 */
export function outsideTree(hasResolved: boolean, epoch: number): TarMember[] {
  return [
    madeFile('etc/hosts', HOSTS, epoch),
    madeLink('etc/mtab', '../proc/self/mounts', epoch),
    ...(hasResolved ? [madeLink('etc/resolv.conf', '../run/systemd/resolve/stub-resolv.conf', epoch)] : []),
  ];
}
