import type { Instance } from '../../platforms/launcher.ts';
import type { LaunchOutcome } from './launch-environment.ts';
import type { LaunchPorts } from './launch-ports.ts';
import { stopInstances } from './stop-instances.ts';

/** Stops what an environment still runs of templates that it declares no more: what was taken out must not stay. */
export async function retireUndeclared(
  id: string,
  environment: string,
  instances: readonly Instance[],
  ports: Pick<LaunchPorts, 'launcher' | 'history'>,
  signal: AbortSignal,
): Promise<LaunchOutcome[]> {
  const stopped = await stopInstances(id, instances, ports, signal);
  return stopped.map(({ template, nodes }) => ({
    environment,
    template,
    overridden: [],
    places: nodes.map((node) => ({
      node,
      state: 'removed' as const,
      why: `${environment} declares ${template} no more`,
      publish: [],
    })),
  }));
}
