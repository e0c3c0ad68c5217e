import type { Environments } from '../../config/environments.ts';
import type { Reporter } from '../../core/events.ts';
import { promoted } from '../launch/choices.ts';
import { launchEnvironment } from '../launch/launch-environment.ts';
import { openLaunchPorts } from '../launch/launch-ports.ts';
import { isWithAll } from '../launch/with-all.ts';
import type { NightlyOutcome, NightlyReport } from './report.ts';

/**
 * Launches what was published or confirmed in the environment that the workspace names, as `launch NAME… --env ENV` does:
 * what runs there already is left as it is, and what an earlier night did not get there is caught up. Nothing where it
 * names none. What goes wrong is in the report.
 */
export async function rollOut(
  templates: readonly NightlyOutcome[],
  around: {
    readonly workspace: string;
    readonly environments: Environments;
    readonly reporter: Reporter;
    readonly say: (message: string) => void;
  },
  signal: AbortSignal,
): Promise<NightlyReport['launch']> {
  const { workspace, environments, reporter, say } = around;
  const environment = environments.nightly.launch;
  if (environment === undefined || signal.aborted) return undefined;
  const images = environments.environments.get(environment)?.config.images ?? {};
  const good = templates.filter(({ state }) => state === 'published' || state === 'unchanged');
  const baked = good.map(({ template }) => template).filter((name) => Object.hasOwn(images, name));
  if (baked.length === 0) return undefined;
  const ports = openLaunchPorts({ workspace, environments: undefined }, signal);
  try {
    const found = await ports.launcher.list(environment, signal);
    // What is launched on request only, and was not, is left to whoever asks for it.
    const names = baked.filter((name) => {
      const image = images[name];
      return (
        image !== undefined &&
        isWithAll(
          image,
          found.filter(({ template }) => template === name),
        )
      );
    });
    if (names.length === 0) return undefined;
    const request = { workspace, environment, names, action: 'launch' } as const;
    const outcomes = await launchEnvironment(request, promoted({}), { ports, reporter, say }, signal);
    return { environment, outcomes };
  } catch (error) {
    return { environment, error };
  }
}
