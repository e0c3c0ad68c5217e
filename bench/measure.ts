import { spawnSync } from 'node:child_process';

/** Middle of the sorted figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Wall time in ms of a program that must succeed, its output shown only when it fails. */
export function timeOf(argv: readonly string[], cwd?: string): number {
  const [program = '', ...rest] = argv;
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return ms;
}

/** Times programs in turn, A B A B …, after one round that does not count; the median of each, in ms. */
export function inTurn(rounds: number, programs: readonly (readonly string[])[], cwd?: string): number[] {
  for (const argv of programs) timeOf(argv, cwd);
  const times = programs.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, argv] of programs.entries()) times[index]?.push(timeOf(argv, cwd));
  }
  return times.map(median);
}

export function report(what: string, figure: string, wanted: string): void {
  console.log(`${what}: ${figure} (wanted: ${wanted})`);
}
