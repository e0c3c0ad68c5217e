import type { Machine } from '../../src/platforms/platform.ts';

/** What a script of sh prints in a machine; one that fails is thrown with what it said. */
export async function runScript(machine: Machine, script: string, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await machine.exec(['sh', '-e'], {
    signal,
    timeout: 60_000,
    stdin: script,
  });
  if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}: ${stderr}`);
  return stdout;
}
