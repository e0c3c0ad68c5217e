import { type DiskFile, type DiskFormat, unreadable } from './disk-info.ts';
import { hostTool } from './host-tool.ts';

export type Compression = 'none' | 'zstd' | 'zlib';

export interface Conversion {
  /** A disk, or so many bytes of what a machine sees of it. */
  readonly from: DiskFile & { readonly part?: { readonly offset: number; readonly size: number } };
  readonly to: { readonly file: string; readonly format: DiskFormat | 'vmdk' | 'vhdx' };
  /** Of a qcow2's clusters; none when not given. */
  readonly compression?: Compression;
  /** Sooner done, and the new file's bytes lie in another order each time: never for a file that is hashed. */
  readonly outOfOrder?: boolean;
  /** Hears how much is done, 0 to 100. */
  readonly onPercent?: (percent: number) => void;
  readonly signal: AbortSignal;
}

/** Copies a disk with all that it lies over into a new file of any format; holes stay holes. */
export async function convertDisk({ from, to, signal, ...how }: Conversion): Promise<void> {
  const { compression = 'none', outOfOrder = false, onPercent } = how;
  const compressed = compression === 'none' ? [] : ['-c', '-o', `compression_type=${compression}`];
  const argv = [
    'convert',
    ...(onPercent === undefined ? [] : ['-p']),
    ...(outOfOrder ? ['-W', '-m', '8'] : []),
    ...source(from),
    ...['-O', to.format, ...compressed, to.file],
  ];
  await hostTool('qemu-img', argv, {
    signal,
    ...(onPercent === undefined ? {} : { onOutput: percentOf(onPercent) }),
    explain: (said) =>
      /could not open '|invalid|corrupt|input\/output error while reading|error while reading/i.test(said) &&
      !/no space left/i.test(said)
        ? unreadable(from.file, 'qemu-img could not read it', said)
        : undefined,
  });
}

function source({ file, format, part }: Conversion['from']): string[] {
  if (part === undefined) return ['-f', format, file];
  const disk = { driver: format, file: { driver: 'file', filename: file } };
  return [`json:${JSON.stringify({ driver: 'raw', ...part, file: disk })}`];
}

/** qemu-img writes `    (12.34/100%)\r` over and over. */
function percentOf(hear: (percent: number) => void): (text: string) => void {
  return (text) => {
    const last = [...text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1];
    if (last !== undefined) hear(Number(last));
  };
}
