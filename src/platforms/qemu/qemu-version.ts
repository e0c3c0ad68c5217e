import { hostTool } from '../../disks/host-tool.ts';
import { QEMU } from './qemu-command.ts';

/** This host's QEMU as it names itself, `7.2.22 (Debian …)`; `HOST_TOOL_MISSING` without one. */
export async function qemuVersion(signal: AbortSignal): Promise<string> {
  const { stdout } = await hostTool(QEMU, ['--version'], { signal });
  return /version (.+)/.exec(stdout)?.[1]?.trim() ?? stdout.trim();
}
