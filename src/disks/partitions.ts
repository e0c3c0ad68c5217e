import { basename, dirname } from 'node:path';
import { hostTool } from './host-tool.ts';

/** One partition of a raw disk file, in bytes. */
export interface Partition {
  readonly offset: number;
  readonly size: number;
  /** A GPT type's UUID in capitals, or an MBR type in hexadecimal. */
  readonly type: string;
  /** GPT only. */
  readonly name?: string;
}

/** The root partitions of the Discoverable Partitions Specification: x86-64 and 64-bit ARM. */
const ROOT_TYPES = new Set(['4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE']);

interface SfdiskTable {
  readonly sectorsize?: number;
  readonly partitions?: readonly { start: number; size: number; type: string; name?: string }[];
}

/** The partitions of a raw disk file; none when it has no table. */
export async function readPartitions(file: string, signal: AbortSignal): Promise<Partition[]> {
  // It would take a name that begins with a dash for an option.
  const { stdout, exitCode } = await hostTool('sfdisk', ['--json', `./${basename(file)}`], {
    signal,
    cwd: dirname(file),
    accept: [0, 1],
  });
  if (exitCode !== 0 || stdout.trim() === '') return [];
  const { partitiontable } = JSON.parse(stdout) as { partitiontable: SfdiskTable };
  const sector = partitiontable.sectorsize ?? 512;
  return (partitiontable.partitions ?? []).map(({ start, size, type, name }) => ({
    offset: start * sector,
    size: size * sector,
    type,
    ...(name === undefined ? {} : { name }),
  }));
}

/**
 * Where to look for the root file system, the likeliest first: a partition named `root`, one of a root's type, then
 * all others from the largest to the smallest.
 */
export function rootCandidates(partitions: readonly Partition[]): Partition[] {
  const rank = ({ name, type }: Partition) =>
    name === 'root' ? 0 : ROOT_TYPES.has(type.toUpperCase()) ? 1 : 2;
  return [...partitions].sort((a, b) => rank(a) - rank(b) || b.size - a.size);
}
