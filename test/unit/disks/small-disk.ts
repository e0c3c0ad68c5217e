import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hostTool } from '../../../src/disks/host-tool.ts';

/** A raw disk of 24 MiB whose only content is an ext4 with these files, without a partition table. */
export async function smallExt4(
  folder: string,
  files: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const stage = join(folder, 'files');
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(stage, path)), { recursive: true });
    await writeFile(join(stage, path), content);
  }
  const disk = join(folder, 'disk.raw');
  await hostTool('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', stage, disk, '24M'], { signal });
  return disk;
}
