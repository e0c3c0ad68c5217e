import { Fault } from '../../core/fault.ts';
import type { TreeEntry } from '../../tree/entry.ts';
import type { Manifest } from '../../tree/manifest.ts';
import { resolveInTree } from './resolve-in-tree.ts';

/** What of a tree a machine starts from. */
export interface BootFiles {
  readonly kernel: TreeEntry;
  readonly initrd: TreeEntry;
  /** systemd-boot for UEFI; undefined where the tree has none. */
  readonly loader: TreeEntry | undefined;
  /** Names are asked for by systemd-resolved. */
  readonly hasResolved: boolean;
}

const KERNEL = /^boot\/vmlinuz-(.+)$/;
const LOADER = 'usr/lib/systemd/boot/efi/systemd-bootx64.efi';
/** Where the kernel's own file systems go before anything could make these folders. */
const MOUNT_POINTS = ['dev', 'etc', 'proc', 'run', 'sys'];

/** Finds what a tree starts with; `TREE_NOT_BOOTABLE` names all that it has not. */
export function findBootFiles(manifest: Manifest): BootFiles {
  const entries = new Map(manifest.map((entry) => [entry.path, entry]));
  const isFile = (path: string) => resolveInTree(entries, path)?.type === 'file';
  const { kernel, initrd } = findKernel(entries);
  const hasInitrd = manifest.some(({ path }) => /^boot\/init(rd|ramfs)/.test(path));
  const missing = [
    ...(kernel === undefined ? ['a kernel (boot/vmlinuz-*)'] : []),
    ...(initrd === undefined && !(kernel === undefined && hasInitrd)
      ? [`an initrd (boot/initrd.img-${KERNEL.exec(kernel?.path ?? '')?.[1] ?? '*'})`]
      : []),
    ...(isFile('sbin/init') ? [] : ['an init (sbin/init, of systemd-sysv)']),
    ...(isFile('usr/sbin/sshd') ? [] : ['an SSH server (usr/sbin/sshd, of openssh-server)']),
    ...MOUNT_POINTS.filter((path) => entries.get(path)?.type !== 'directory').map(
      (path) => `the folder /${path}`,
    ),
  ];
  if (kernel === undefined || initrd === undefined || missing.length > 0) {
    throw new Fault('TREE_NOT_BOOTABLE', 'no machine can start from this image’s files', {
      hint: 'Name the packages that it needs to boot under `boot:` of its base.',
      details: missing.map((what) => `there is no ${what.replace(/^(an?|the) /, '')}`),
    });
  }
  const loader = resolveInTree(entries, LOADER);
  return {
    kernel,
    initrd,
    loader: loader?.type === 'file' ? loader : undefined,
    hasResolved: isFile('lib/systemd/systemd-resolved') || isFile('usr/lib/systemd/systemd-resolved'),
  };
}

type Kernel = { readonly kernel: TreeEntry | undefined; readonly initrd: TreeEntry | undefined };

/** The newest kernel that has its initrd; else the one that `/vmlinuz` leads to. */
function findKernel(entries: ReadonlyMap<string, TreeEntry>): Kernel {
  const versions = [...entries.keys()].flatMap((path) => KERNEL.exec(path)?.[1] ?? []).sort(newestFirst);
  const pairs = versions.map((version) => pair(entries, [`boot/vmlinuz-${version}`], initrdsOf(version)));
  const linked = pair(entries, ['vmlinuz', 'boot/vmlinuz'], ['initrd.img', 'boot/initrd.img']);
  const complete = [...pairs, linked].find(
    ({ kernel, initrd }) => kernel !== undefined && initrd !== undefined,
  );
  return complete ?? [...pairs, linked].find(({ kernel }) => kernel !== undefined) ?? linked;
}

function pair(entries: ReadonlyMap<string, TreeEntry>, kernels: string[], initrds: string[]): Kernel {
  const first = (paths: string[]) =>
    paths.map((path) => resolveInTree(entries, path)).find((entry) => entry?.type === 'file');
  return { kernel: first(kernels), initrd: first(initrds) };
}

function initrdsOf(version: string): string[] {
  return [`boot/initrd.img-${version}`, `boot/initrd-${version}`, `boot/initramfs-${version}.img`];
}

/** By their numbers where they have some: 6.10 is newer than 6.9. */
function newestFirst(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}
