import * as assert from 'uvu/assert';
import type { ExecOptions, ExecResult } from '../../src/platforms/platform.ts';

/** That exec keeps the streams apart, tells lines as they come, and gives an exit code as a result. */
export async function assertStreamsApart(
  machine: { exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult> },
  options: Pick<ExecOptions, 'signal' | 'timeout'>,
): Promise<void> {
  const lines: string[] = [];
  const result = await machine.exec(['sh', '-c', 'echo out; echo err >&2; printf "no end"; exit 3'], {
    ...options,
    onLine: (line, stream) => lines.push(`${stream}: ${line}`),
  });
  assert.equal(result, { exitCode: 3, stdout: 'out\nno end', stderr: 'err\n' });
  assert.equal(lines.sort(), ['stderr: err', 'stdout: no end', 'stdout: out']);
}
