import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { toolFault } from '../../disks/host-tool.ts';
import type { Accelerator } from './accelerator.ts';
import { QEMU } from './qemu-command.ts';

const PROBE_MS = 10_000;
/** setpriv's, when there is no such program. */
const NOT_FOUND = 127;
const MEMORY = '256';
/** SeaBIOS boots from no disk of one sector. */
const DISK_BYTES = 1024 * 1024;
/** By isa-debug-exit QEMU ends with twice what is written to it, and one. */
const WRITTEN = 0x10;
const SECTOR_EXIT = WRITTEN * 2 + 1;
/** mov dx, 0xf4; mov al, WRITTEN; out dx, al; hlt; jmp to the hlt */
const SECTOR_CODE = [0xba, 0xf4, 0x00, 0xb0, WRITTEN, 0xee, 0xf4, 0xeb, 0xfd];

/**
 * Tries whether a guest runs: a kernel, which must say something on its console and end for want of a root, or else a
 * boot sector of ours. Gives why not, and nothing when it does; files are made in a folder of the caller's. The guest may
 * hang, and then the kernel ends it with this process, however that went.
 */
export async function probeKvm(
  accelerator: Accelerator,
  kernel: string | undefined,
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const log = join(folder, 'console');
  const qemu = [QEMU, ...(await argumentsFor(accelerator, kernel, folder, log))];
  const result = await execa('setpriv', ['--pdeathsig', 'KILL', '--', ...qemu], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: PROBE_MS,
    killSignal: 'SIGKILL',
    cancelSignal: signal,
    reject: false,
    env: { LC_ALL: 'C' },
  });
  signal.throwIfAborted();
  if (result.code === 'ENOENT') throw toolFault('setpriv', '', result);
  if (result.exitCode === NOT_FOUND) throw toolFault(QEMU, '', { ...result, code: 'ENOENT' });
  const said = kernel === undefined ? '' : await readFile(log, 'latin1').catch(() => '');
  // A kernel ends QEMU by its panic: it must come so far, and not only begin.
  const runs =
    kernel === undefined ? result.exitCode === SECTOR_EXIT : /Linux version/.test(said) && !result.failed;
  if (runs) return undefined;
  const last = result.stderr.trim().split('\n').at(-1) ?? '';
  if (result.timedOut) return `a guest hangs on it (no sign of life within ${PROBE_MS / 1000} s)`;
  return `QEMU cannot use it${last === '' ? '' : `: ${last}`}`;
}

async function argumentsFor(
  { accel, cpu }: Accelerator,
  kernel: string | undefined,
  folder: string,
  log: string,
): Promise<string[]> {
  const common = [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-machine', 'q35', '-accel', accel, '-cpu', cpu, '-m', MEMORY],
  ];
  if (kernel !== undefined) {
    return [
      ...common,
      ...['-serial', `file:${log.replaceAll(',', ',,')}`],
      ...['-kernel', kernel, '-append', 'console=ttyS0 panic=-1'],
    ];
  }
  const file = join(folder, 'sector');
  const sector = Buffer.alloc(DISK_BYTES);
  sector.set(SECTOR_CODE);
  sector.writeUInt16LE(0xaa55, 510);
  await writeFile(file, sector);
  return [
    ...common,
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'],
    ...['-drive', `file=${file.replaceAll(',', ',,')},format=raw,if=virtio`],
  ];
}
