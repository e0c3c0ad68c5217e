import { randomBytes } from 'node:crypto';
import { Fault } from '../core/fault.ts';
import type { Machine } from '../platforms/platform.ts';
import { gatherProgram, readFacts } from './gather-program.ts';
import type { Facts, Fragment } from './kind.ts';

/** What the round's own work may take beyond its longest limit, under emulation too. */
const SPARE_MS = 60_000;

/**
 * Asks a machine all fragments by one exec of one shell program, which goes in by stdin.
 *
 * Beside the fragments' facts there are `init`, the machine's, and `stderr`, all that the program complained of.
 * Throws `TOOL_MISSING` where there is no sh, `MACHINE_NOT_READY` where the program did not come to its end.
 */
export async function gather(
  machine: Machine,
  fragments: readonly Fragment[],
  signal: AbortSignal,
): Promise<Facts> {
  const boundary = randomBytes(16).toString('hex');
  const asked = [...new Map(fragments.map((fragment) => [fragment.key, fragment])).values()];
  const timeout = Math.max(0, ...asked.map(({ limit }) => limit ?? 0)) + SPARE_MS;
  const stdin = gatherProgram(asked, boundary);
  const { exitCode, stdout, stderr } = await machine.exec(['sh'], { signal, timeout, stdin });
  const facts = readFacts(stdout, boundary);
  if (facts.has('end')) return new Map([...facts, ['init', machine.init], ['stderr', stderr]]);

  const details = stderr.trim().split('\n').slice(-15);
  if (exitCode === 126 || exitCode === 127) {
    throw new Fault('TOOL_MISSING', `the checks need a shell, and machine ${machine.id} has no sh`, {
      hint: 'Include a shell in the base, or remove the checks.',
      details,
    });
  }
  throw new Fault('MACHINE_NOT_READY', `the checks' program ended early, with status ${exitCode}`, {
    hint: 'A machine that shuts down, or that has no memory or disk left, does this.',
    details,
  });
}
