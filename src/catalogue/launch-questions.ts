import type { Digest } from '../core/digest.ts';
import type { LaunchEntry } from './launch-entry.ts';
import { isOlderSecrets, type SecretsVersion } from './secrets-version.ts';

/** The newest launch of the template that came out healthy; `launches` oldest first, here and below. */
export function lastHealthy(launches: readonly LaunchEntry[], template: string): LaunchEntry | undefined {
  return launches.findLast((launch) => launch.template === template && launch.result === 'healthy');
}

/** The first launch of these bytes that came out healthy. */
export function firstHealthy(launches: readonly LaunchEntry[], digest: Digest): LaunchEntry | undefined {
  return launches.find((launch) => launch.digest === digest && launch.result === 'healthy');
}

/**
 * Whether a platform may still run something that was launched there: what no healthy launch of the template elsewhere
 * and no stop came after. An entry that names no platform is docker's, as older kilns knew no other.
 */
export function mayStillRunOn(launches: readonly LaunchEntry[], platform: string): boolean {
  const left = new Set<string>();
  for (const { template, action, result, platform: where = 'docker' } of launches) {
    if (action === 'stop') {
      if (result === 'stopped') left.delete(template);
    } else if (where === platform) left.add(template);
    else if (result === 'healthy') left.delete(template);
  }
  return left.size > 0;
}

/** The newest state of the secrets that any launch had. */
export function newestSecrets(launches: readonly LaunchEntry[]): SecretsVersion | undefined {
  let newest: SecretsVersion | undefined;
  for (const { secrets } of launches)
    if (secrets !== undefined && (newest === undefined || isOlderSecrets(newest, secrets))) newest = secrets;
  return newest;
}

/**
 * The healthy launch whose image ran before the current one; without a current one, before the last healthy one.
 *
 * Launches are a stack: a launch puts its image on top, a rollback takes off what is above the image it went back to.
 * So a second rollback goes one image further back, and an image that was rolled back from is not come back to.
 */
export function imageBefore(
  launches: readonly LaunchEntry[],
  template: string,
  current: Digest | undefined,
): LaunchEntry | undefined {
  const stack: LaunchEntry[] = [];
  for (const launch of launches) {
    if (launch.template !== template || launch.result !== 'healthy') continue;
    if (launch.action === 'rollback') {
      const back = stack.findLastIndex(({ digest }) => digest === launch.digest);
      if (back >= 0) stack.length = back;
    } else if (stack.at(-1)?.digest === launch.digest) {
      stack.pop();
    }
    stack.push(launch);
  }
  const now =
    current === undefined ? stack.length - 1 : stack.findLastIndex(({ digest }) => digest === current);
  // What runs now is not known here: then the last that is known to have been healthy ran before it.
  return now < 0 ? stack.at(-1) : stack[now - 1];
}

/**
 * The longest time in ms for which the template's last healthy launch there was one of these bytes. `until` ends the
 * time of what nothing came after; it does not count when `until` is left out.
 */
export function longestRun(
  launches: readonly LaunchEntry[],
  template: string,
  digest: Digest,
  until: number | undefined,
): number {
  let longest = 0;
  let since: number | undefined;
  for (const launch of launches) {
    if (launch.template !== template || launch.ended === undefined) continue;
    const { result, ended } = launch;
    if (result !== 'healthy' && result !== 'stopped') continue;
    const same = result === 'healthy' && launch.digest === digest;
    if (same && since === undefined) since = Date.parse(ended);
    if (same || since === undefined) continue;
    longest = Math.max(longest, Date.parse(ended) - since);
    since = undefined;
  }
  return since === undefined || until === undefined ? longest : Math.max(longest, until - since);
}
