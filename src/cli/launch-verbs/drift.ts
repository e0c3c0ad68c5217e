import { drift as compare } from '../../app/launch/drift.ts';
import { openLaunchPorts } from '../../app/launch/launch-ports.ts';
import { driftLines } from '../../ui/drift-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { EnvironmentFlags } from '../launch-flags.ts';

/** `launch drift [NAME…] --env ENV`: what of each instance is not as in its image; exits 1 when something is not. */
export async function drift(
  names: readonly string[],
  { env, environments }: EnvironmentFlags,
  { workspace, signal }: VerbContext,
): Promise<Answer> {
  const request = { workspace, environment: env, environments, names };
  const found = await compare(request, openLaunchPorts({ workspace, environments }, signal), signal);
  const isOther = found.instances.some(({ state }) => state === 'drifted' || state === 'unknown');
  return { lines: driftLines(found), json: found, exitCode: isOther ? 1 : 0 };
}
