import type { RunningImage } from '../../catalogue/promotion.ts';
import type { Instance } from '../../platforms/launcher.ts';
import { runtimeOf } from './image-runtime.ts';
import { type HealthNow, healthNow } from './instance-health.ts';
import type { LaunchPorts } from './launch-ports.ts';
import { recordOf } from './record-of.ts';

/** What an environment runs of a template, with the health that each has now. */
export function runningIn({ launcher, catalogue }: Pick<LaunchPorts, 'launcher' | 'catalogue'>) {
  async function health(instance: Instance, signal: AbortSignal): Promise<HealthNow> {
    const record = await recordOf(instance, catalogue);
    return 'why' in record
      ? { healthy: false, why: record.why }
      : await healthNow(launcher, instance, runtimeOf(record), signal);
  }
  return async (environment: string, template: string, signal: AbortSignal): Promise<RunningImage[]> => {
    const instances = await launcher.list(environment, signal);
    const own = instances.filter((instance) => instance.template === template);
    return await Promise.all(
      own.map(async (instance) => {
        const { image, digest, serving, startedAt } = instance;
        return { image, digest, serving, startedAt, ...(await health(instance, signal)) };
      }),
    );
  };
}
