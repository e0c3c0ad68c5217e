import type { Instance } from '../../platforms/launcher.ts';
import { foremost } from './foremost.ts';
import type { LaunchPorts } from './launch-ports.ts';
import { nodeOf } from './node.ts';

/** What was stopped of one template. */
export interface StoppedImage {
  readonly template: string;
  /** `web-1`, … */
  readonly nodes: readonly string[];
}

/** Shuts instances down and removes them, all side by side, with an entry in the history for each template. */
export async function stopInstances(
  launch: string,
  instances: readonly Instance[],
  { launcher, history }: Pick<LaunchPorts, 'launcher' | 'history'>,
  signal: AbortSignal,
): Promise<StoppedImage[]> {
  const templates = [...new Set(instances.map(({ template }) => template))];
  return await Promise.all(
    templates.map(async (template) => {
      const own = instances.filter((instance) => instance.template === template);
      const shown = foremost(own);
      const nodes = [...new Set(own.map(nodeOf))];
      if (shown === undefined) return { template, nodes };
      const { environment, image, digest } = shown;
      const started = performance.now();
      const entry = await history.begin({ launch, environment, action: 'stop', template, image, digest });
      const ended = (result: 'stopped' | 'failed') =>
        entry.end({ result, ms: Math.round(performance.now() - started), instances: nodes });
      try {
        await Promise.all(own.map((instance) => launcher.remove(instance, signal)));
      } catch (error) {
        await ended('failed');
        throw error;
      }
      await ended('stopped');
      return { template, nodes };
    }),
  );
}
