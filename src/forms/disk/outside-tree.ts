import type { TarInput } from '../../core/tar/member.ts';

const HOSTS = '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n';

/**
 * What a machine needs and no tree has (`tree/outside.ts`): a container's engine lays its own over these. There is no
 * `/etc/hostname`, so that a machine takes the name that it is given.
 */
export function outsideTree(hasResolved: boolean, epoch: number): TarInput[] {
  const common = { uid: 0, gid: 0, mtime: epoch };
  const link = (path: string, target: string): TarInput => {
    return { ...common, path, type: 'symlink', mode: 0o777, size: 0, target };
  };
  const hosts = Buffer.from(HOSTS);
  return [
    { ...common, path: 'etc/hosts', type: 'file', mode: 0o644, size: hosts.length, body: hosts },
    link('etc/mtab', '../proc/self/mounts'),
    ...(hasResolved ? [link('etc/resolv.conf', '../run/systemd/resolve/stub-resolv.conf')] : []),
  ];
}
