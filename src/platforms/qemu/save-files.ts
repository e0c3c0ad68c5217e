import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../core/digest.ts';
import { Fault } from '../../core/fault.ts';
import { digestOfFile } from '../../core/file-digest.ts';
import { createOverlay } from '../../disks/create-overlay.ts';
import { hostTool } from '../../disks/host-tool.ts';
import type { BootDisk } from '../platform.ts';
import { OVERLAY, type StartedMachine } from './cold-start.ts';
import { copyOverlay } from './copy-overlay.ts';
import type { MachineFolder } from './machine-folder.ts';
import { overlayBacking } from './overlay-backing.ts';

const SYNC_MS = 60_000;

/**
 * Keeps all that a running machine has written over its disk, as it is at one moment, in one file that lies on that disk
 * alone: what lies between the two, such as a copy that was kept warm, is in it. Gives the digest of the file's bytes.
 */
export async function saveFiles(
  { folder, disk, vm, ssh }: StartedMachine & { readonly folder: MachineFolder; readonly disk: BootDisk },
  file: string,
  signal: AbortSignal,
): Promise<Digest> {
  const below = await overlayBacking(join(folder.path, OVERLAY));
  if (below === undefined) throw new Error(`${folder.path} has no overlay`);
  const between = below !== disk.file;
  try {
    await createOverlay(file, between ? { file: below, format: 'qcow2' } : disk, signal);
    await flush(ssh, signal);
    await copyOverlay(vm.qmp, file, signal);
    if (between)
      await hostTool('qemu-img', ['rebase', '-q', '-b', disk.file, '-F', disk.format, file], { signal });
    await syncFile(file);
    return await digestOfFile(file, signal);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** What the guest holds in memory only is not on its disk. */
async function flush(ssh: StartedMachine['ssh'], signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await ssh.exec(['sync'], { signal, timeout: SYNC_MS });
  if (exitCode === 0) return;
  throw new Fault('QEMU_FAILED', 'the machine did not write out what it holds in memory', {
    details: stderr.trim().split('\n'),
  });
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
