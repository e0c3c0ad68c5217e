import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fullDisk } from '../../core/full-disk.ts';
import { hostTool } from '../../disks/host-tool.ts';
import { derivedUuid } from './derived-id.ts';
import type { DiskLayout } from './disk-layout.ts';

export interface EfiContent {
  /** Files of this host. */
  readonly loader: string;
  readonly kernel: string;
  readonly initrd: string;
  /** The kernel's command line. */
  readonly options: string;
  /** Seconds since 1970; FAT begins in 1980. */
  readonly epoch: number;
}

const KIB = 1024;
const SECTOR = 512;

/**
 * Makes the EFI system partition in its place on the disk: systemd-boot where firmware looks when it knows of nothing
 * else, and its one entry (the Boot Loader Specification's type 1).
 */
export async function writeEfiPartition(
  file: string,
  { efi }: DiskLayout,
  content: EfiContent,
  digest: string,
  work: string,
  signal: AbortSignal,
): Promise<void> {
  const serial = derivedUuid(digest, 'efi serial').slice(0, 8);
  const format = [
    '--invariant',
    '-i',
    serial,
    '-F',
    '32',
    '-s',
    '1',
    '-n',
    'EFI',
    '--offset',
    String(efi.offset / SECTOR),
  ];
  await hostTool('mkfs.vfat', [...format, file, String(efi.size / KIB)], { signal });
  const { loaderConf, entryConf } = await writeSettings(work, content.options);
  const image = ['-i', `${file}@@${efi.offset}`];
  // What they write carries this time and no other.
  const env = { MTOOLSRC: '/dev/null', MTOOLS_SKIP_CHECK: '1', SOURCE_DATE_EPOCH: String(content.epoch) };
  const folders = ['::EFI', '::EFI/BOOT', '::loader', '::loader/entries', '::kiln'];
  await hostTool('mmd', [...image, ...folders], { signal, env });
  const files: [string, string][] = [
    [content.loader, 'EFI/BOOT/BOOTX64.EFI'],
    [loaderConf, 'loader/loader.conf'],
    [entryConf, 'loader/entries/kiln.conf'],
    [content.kernel, 'kiln/vmlinuz'],
    [content.initrd, 'kiln/initrd.img'],
  ];
  for (const [from, to] of files) await hostTool('mcopy', [...image, from, `::${to}`], { signal, env });
}

async function writeSettings(
  work: string,
  options: string,
): Promise<{ loaderConf: string; entryConf: string }> {
  const folder = join(work, 'efi');
  const loaderConf = join(folder, 'loader.conf');
  const entryConf = join(folder, 'kiln.conf');
  const entry = ['title Kiln', 'linux /kiln/vmlinuz', 'initrd /kiln/initrd.img', `options ${options}`, ''];
  try {
    await mkdir(folder);
    await writeFile(loaderConf, 'default kiln.conf\ntimeout 0\neditor no\n');
    await writeFile(entryConf, entry.join('\n'));
  } catch (error) {
    throw fullDisk(error, folder);
  }
  return { loaderConf, entryConf };
}
