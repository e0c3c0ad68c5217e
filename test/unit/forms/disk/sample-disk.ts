import { join } from 'node:path';
import type { TarInput } from '../../../../src/core/tar/member.ts';
import type { DiskSpec } from '../../../../src/forms/disk/master-disk.ts';
import { captureTree, type Tree } from '../../../../src/tree/capture.ts';
import { Spool } from '../../../../src/tree/spool.ts';
import { EPOCH, file, folder, hardlink, sourceOf, symlink } from '../../tree/sample-tree.ts';

export const MIB = 1024 * 1024;
/** A disk on which the samples fit. */
export const SPEC: DiskSpec = { bake: 'bake', size: 160 * MIB, compression: 'none', epoch: EPOCH };

const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex').toString('base64');
const DEVICE = { mode: 0o640, uid: 0, gid: 6, size: 0, mtime: EPOCH - 5 };

/** What a tree needs to be taken for bootable; none of it would boot. */
export function bootable(): TarInput[] {
  const program = (path: string) => file(path, `program ${path}`, { mode: 0o755 });
  return [
    ...['boot', 'dev', 'etc', 'proc', 'run', 'sys', 'usr', 'usr/lib', 'usr/sbin'].map((path) => folder(path)),
    ...['usr/lib/systemd', 'usr/lib/systemd/boot', 'usr/lib/systemd/boot/efi'].map((path) => folder(path)),
    symlink('sbin', 'usr/sbin'),
    symlink('lib', 'usr/lib'),
    file('boot/vmlinuz-6.9.0', 'old kernel'),
    file('boot/initrd.img-6.9.0', 'old initrd'),
    file('boot/vmlinuz-6.10.1', 'K'.repeat(200_000)),
    file('boot/initrd.img-6.10.1', 'I'.repeat(300_000)),
    program('usr/lib/systemd/systemd'),
    program('usr/lib/systemd/systemd-resolved'),
    program('usr/lib/systemd/boot/efi/systemd-bootx64.efi'),
    program('usr/sbin/sshd'),
    symlink('usr/sbin/init', '/lib/systemd/systemd'),
  ];
}

/** A bootable tree with every kind of entry, and names that trip up whoever quotes or splits them. */
export function everyKind(): TarInput[] {
  const latin1 = 'lat\udce9n';
  const long = 'deep/'.repeat(30);
  const above = long.split('/').slice(0, -1);
  return [
    ...bootable(),
    folder('var', { mode: 0o1777, uid: 3, gid: 4 }),
    file('var/empty'),
    file('var/secret', 'x', { mode: 0, uid: 4_000_000_000, gid: 70_000 }),
    folder('var/closed', { mode: 0 }),
    file('var/closed/in', 'in it', { mode: 0o4755 }),
    file('var/capable', 'ping', { mode: 0o755, xattrs: { 'security.capability': CAPABILITY } }),
    file('var/large', 'abcdefg\n'.repeat(100_000), { mtime: EPOCH + 99 }),
    file('var/zeros', '\0'.repeat(100_000)),
    file('var/old', 'old', { mtime: 5 }),
    hardlink('var/a linked', 'var/large'),
    hardlink('etc/linked', 'var/large'),
    file('var/new\nline', '1'),
    file('var/"quo"te\'s', '2'),
    file('var/back\\slash', '3'),
    file('var/ blank ', '4'),
    file('var/-dash', '5'),
    file('var/$(x) *?', '6'),
    file('var/grüße 🎂', '7'),
    file(`var/${latin1}`, '8'),
    ...above.map((_, at) => folder(above.slice(0, at + 1).join('/'))),
    file(`${long}${'ü'.repeat(60)}`, 'far down'),
    symlink('var/short', 'tar\n"get" \\'),
    symlink('var/long', `/${'x'.repeat(200)}`),
    symlink('var/latin', latin1),
    { ...DEVICE, path: 'var/null "x" \\', type: 'character', device: [1, 3] },
    { ...DEVICE, path: 'var/disk', type: 'block', device: [259, 70_000] },
    { ...DEVICE, path: 'var/pipe', type: 'fifo' },
  ];
}

/** Captures members as a whole tree; its spool goes with the disposal. */
export async function wholeTree(
  members: readonly TarInput[],
  folder: string,
  signal: AbortSignal,
): Promise<Tree & AsyncDisposable> {
  const spool = await Spool.create(join(folder, `spool-${Math.random()}`));
  const tree = await captureTree(sourceOf(members), {
    base: [],
    content: 'whole',
    epoch: EPOCH,
    spool,
    signal,
  });
  return { ...tree, [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose]() };
}
