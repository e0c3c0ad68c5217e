import { openLaunchPorts } from '../../app/launch/launch-ports.ts';
import { isWell, status as look } from '../../app/launch/status.ts';
import { paintFor } from '../../ui/paint.ts';
import { statusLines } from '../../ui/status-lines.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { EnvironmentFlags } from '../launch-flags.ts';

/** `launch status [--env ENV]`: what runs, whether it is healthy and as its image, and what waits; exits 1 when something is not good. */
export async function status(
  { env, environments }: Partial<EnvironmentFlags>,
  { workspace, signal }: VerbContext,
): Promise<Answer> {
  const found = await look(
    {
      workspace,
      ...(env === undefined ? {} : { environment: env }),
      ...(environments === undefined ? {} : { environments }),
    },
    openLaunchPorts({ workspace, environments }, signal),
    signal,
  );
  return {
    lines: statusLines(found, { paint: paintFor(process.stdout, process.env), now: new Date() }),
    json: found,
    exitCode: isWell(found) ? 0 : 1,
  };
}
