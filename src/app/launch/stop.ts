import { join } from 'node:path';
import { suggestion } from '../../config/nearest.ts';
import { Fault } from '../../core/fault.ts';
import { newBakeId } from '../../core/ids.ts';
import { withLock } from '../../core/lock.ts';
import type { LaunchPorts } from './launch-ports.ts';
import { openEnvironment } from './open-environment.ts';
import { type StoppedImage, stopInstances } from './stop-instances.ts';

export interface StopRequest {
  readonly workspace: string;
  readonly environment: string;
  /** Templates; everything that runs there when empty. */
  readonly names: readonly string[];
  readonly environments?: string;
}

/** Stops what an environment runs; it need not be declared, or even there, any more. */
export async function stop(
  request: StopRequest,
  ports: LaunchPorts,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<StoppedImage[]> {
  const { environment, names } = request;
  if ((await ports.launcher.list(environment, signal)).length === 0) {
    const options = request.environments === undefined ? {} : { environments: request.environments };
    // A name that was misspelt must not pass for one where nothing runs.
    await openEnvironment(request.workspace, environment, options, signal);
  }
  const lock = join(ports.home, 'launches', `${environment}.lock`);
  const waits = (owner: number) =>
    say(`a launch of ${environment} is at work (process ${owner}): waiting for it`);
  return await withLock(lock, signal, stopAll, waits);

  async function stopAll(): Promise<StoppedImage[]> {
    const running = await ports.launcher.list(environment, signal);
    const templates = [...new Set(running.map(({ template }) => template))];
    const unknown = names.find((name) => !templates.includes(name));
    if (unknown !== undefined) {
      const hint = suggestion(unknown, templates, 'it runs') ?? 'nothing runs there';
      throw new Fault('INSTANCE_UNKNOWN', `${environment} runs no ${unknown}`, { hint });
    }
    const wanted = running.filter(({ template }) => names.length === 0 || names.includes(template));
    return await stopInstances(newBakeId(), wanted, ports, signal);
  }
}
