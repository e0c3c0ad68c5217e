import { hostTool } from './host-tool.ts';

/** Where a raw disk file has data, in bytes and in order; all else is holes, or known to be zeros. */
export async function diskData(
  file: string,
  signal: AbortSignal,
): Promise<{ readonly offset: number; readonly length: number }[]> {
  const { stdout } = await hostTool('qemu-img', ['map', '--output=json', '-f', 'raw', file], { signal });
  const map = JSON.parse(stdout) as { start: number; length: number; data: boolean; zero: boolean }[];
  return map
    .filter(({ data, zero }) => data && !zero)
    .map(({ start, length }) => ({ offset: start, length }));
}
