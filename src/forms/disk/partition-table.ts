import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { hostTool } from '../../disks/host-tool.ts';
import { derivedUuid } from './derived-id.ts';
import type { DiskLayout } from './disk-layout.ts';

const SECTOR = 512;
const EFI_SYSTEM = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';
const ROOT_X86_64 = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709';

/** Makes a sparse file with a GUID partition table: an EFI system partition and a root of x86-64, both by name. */
export async function writePartitionTable(
  file: string,
  { size, efi, root }: DiskLayout,
  digest: string,
  signal: AbortSignal,
): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.truncate(size);
  } finally {
    await handle.close();
  }
  const line = (name: string, type: string, { offset, size: bytes }: { offset: number; size: number }) =>
    `start=${offset / SECTOR}, size=${bytes / SECTOR}, type=${type}, uuid=${derivedUuid(digest, name)}, name="${name}"`;
  const script = [
    'label: gpt',
    `label-id: ${derivedUuid(digest, 'disk')}`,
    line('efi', EFI_SYSTEM, efi),
    line('root', ROOT_X86_64, root),
    '',
  ].join('\n');
  const argv = ['--quiet', '--no-reread', '--no-tell-kernel', `./${basename(file)}`];
  await hostTool('sfdisk', argv, { signal, cwd: dirname(file), input: [Buffer.from(script)] });
}
