import { Fault } from '../core/fault.ts';
import { hostTool } from './host-tool.ts';

export type DiskFormat = 'qcow2' | 'raw';

export interface DiskFile {
  /** Absolute. */
  readonly file: string;
  readonly format: DiskFormat;
}

export interface DiskInfo {
  readonly format: DiskFormat;
  /** Bytes that a machine sees. */
  readonly virtualSize: number;
  /** The file that it lies over, as its header names it; nothing when it stands alone. */
  readonly backing?: string;
}

/**
 * What a disk file is. Its format is guessed unless it is given, and a guess may be made to name any file of this host
 * as `backing`: of a stranger's disk, refuse one that has a backing file.
 */
export async function diskInfo(file: string, signal: AbortSignal, format?: DiskFormat): Promise<DiskInfo> {
  const asked = format === undefined ? [] : ['-f', format];
  const { stdout } = await hostTool('qemu-img', ['info', '--output=json', '-U', ...asked, file], {
    signal,
    explain: (said, exitCode) =>
      exitCode === 1 ? unreadable(file, 'qemu-img does not understand it', said) : undefined,
  });
  const told = JSON.parse(stdout) as Record<string, unknown>;
  const { format: found, 'virtual-size': virtualSize, 'full-backing-filename': backing } = told;
  if (found !== 'qcow2' && found !== 'raw')
    throw new Fault('DISK_UNREADABLE', `the disk ${file} is a ${found}, and only qcow2 and raw are read`, {
      hint: `Convert it: qemu-img convert -O qcow2 ${file} NEW.qcow2`,
    });
  return {
    format: found,
    virtualSize: Number(virtualSize),
    ...(typeof backing === 'string' ? { backing } : {}),
  };
}

/** The fault of a disk whose file tree cannot be had, with what was said about it. */
export function unreadable(file: string, why: string, said = '', cause?: unknown): Fault {
  const details = said.split('\n').filter((line) => line.trim() !== '' && !/^debugfs \d/.test(line));
  return new Fault('DISK_UNREADABLE', `the disk ${file} cannot be read: ${why}`, {
    hint: 'It is damaged, or no disk that can be read without starting it: an ext4 root on a partition is.',
    details: details.slice(-15),
    cause,
  });
}
