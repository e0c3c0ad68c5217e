import { newBakeId } from '../../core/ids.ts';
import { withLaunchLock } from './launch-lock.ts';
import type { LaunchPorts } from './launch-ports.ts';
import { notRunning } from './not-running.ts';
import { openEnvironment } from './open-environment.ts';
import { type StoppedImage, stopInstances } from './stop-instances.ts';

export interface StopRequest {
  readonly workspace: string;
  readonly environment: string;
  /** Templates; everything that runs there when empty. */
  readonly names: readonly string[];
  readonly environments?: string | undefined;
}

/** Stops what an environment runs; it need not be declared, or even there, any more. */
export async function stop(
  request: StopRequest,
  ports: LaunchPorts,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<StoppedImage[]> {
  const { workspace, environment, environments, names } = request;
  if ((await ports.launcher.list(environment, signal)).length === 0) {
    // A name that was misspelt must not pass for one where nothing runs.
    await openEnvironment(workspace, environment, { environments }, signal);
  }
  const lock = { home: ports.home, environment, other: 'a launch' };
  return await withLaunchLock(lock, say, signal, stopAll);

  async function stopAll(): Promise<StoppedImage[]> {
    const running = await ports.launcher.list(environment, signal);
    const templates = [...new Set(running.map(({ template }) => template))];
    const unknown = names.find((name) => !templates.includes(name));
    if (unknown !== undefined) throw notRunning(environment, unknown, templates);
    const wanted = running.filter(({ template }) => names.length === 0 || names.includes(template));
    return await stopInstances(newBakeId(), wanted, ports, signal);
  }
}
