import type { DiskFormat } from './disk-info.ts';
import { hostTool } from './host-tool.ts';

/** Makes a qcow2 that lies over another disk: a machine writes to it, and what is below stays as it is. */
export async function createOverlay(
  file: string,
  backing: { readonly file: string; readonly format: DiskFormat },
  signal: AbortSignal,
): Promise<void> {
  const argv = ['create', '-q', '-f', 'qcow2', '-b', backing.file, '-F', backing.format, file];
  await hostTool('qemu-img', argv, { signal });
}
