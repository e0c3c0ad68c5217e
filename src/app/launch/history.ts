import { openLaunchHistory, type ToldLaunches } from '../../catalogue/launch-history.ts';
import { kilnHome } from '../../core/home.ts';

/** Every launch of an environment on this machine, the oldest first. */
export async function launchHistory(environment: string): Promise<ToldLaunches> {
  return await openLaunchHistory(kilnHome()).read(environment);
}
