import { openLaunchPorts } from '../../app/launch/launch-ports.ts';
import { stop as stopEnvironment } from '../../app/launch/stop.ts';
import type { Answer, VerbContext } from '../answer.ts';
import type { EnvironmentFlags } from '../launch-flags.ts';

/** `launch stop [NAME…] --env ENV`: stops and removes what runs there. */
export async function stop(
  names: readonly string[],
  { env, environments }: EnvironmentFlags,
  { workspace, signal, display }: VerbContext,
): Promise<Answer> {
  const stopped = await stopEnvironment(
    { workspace, environment: env, environments, names },
    openLaunchPorts({ workspace, environments }, signal),
    (message) => display.say(message),
    signal,
  );
  const lines = stopped.map(({ nodes }) => `✔ stopped in ${env}: ${nodes.join(', ')}`);
  return { lines: lines.length > 0 ? lines : [`nothing runs in ${env}`], json: stopped };
}
