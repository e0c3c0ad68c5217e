import { hostTool } from '../../../src/disks/host-tool.ts';
import { pidFile, QEMU } from '../../../src/platforms/qemu/qemu-command.ts';

/** A QEMU without a machine in it, which runs in the background and is known as that of a folder. */
export async function startIdleQemu(folder: string, signal: AbortSignal): Promise<void> {
  const argv = ['-machine', 'none', '-nodefaults', '-display', 'none', '-S', '-daemonize'];
  await hostTool(QEMU, [...argv, '-pidfile', pidFile(folder)], { signal });
}
