import type { LaunchEntry } from '../../catalogue/launch-entry.ts';
import type { LaunchHistory } from '../../catalogue/launch-history.ts';
import type { ImageRecord } from '../../catalogue/record.ts';

/** That an image was launched somewhere and found healthy there. */
export interface LaunchedWhere {
  readonly environment: string;
  /** When its newest healthy launch there began; ISO 8601, UTC. */
  readonly at: string;
  /** `newest` when no other image of the template came after it and it was not stopped: what runs now, a platform knows. */
  readonly state: 'newest' | 'replaced' | 'stopped';
}

export interface LaunchedImages {
  /** By environment. */
  of(record: Pick<ImageRecord, 'name' | 'digest'>): LaunchedWhere[];
  readonly damaged: readonly { readonly environment: string; readonly lines: number }[];
}

/** Where images of a template were launched, as the histories of all environments tell it. */
export async function launchedImages(
  template: string,
  history: Pick<LaunchHistory, 'environments' | 'read'>,
): Promise<LaunchedImages> {
  const environments = await history.environments();
  const told = await Promise.all(
    environments.map(async (environment) => {
      const { launches, damaged } = await history.read(environment);
      return { environment, damaged, images: imagesIn(launches, template) };
    }),
  );
  return {
    of: ({ name, digest }) =>
      told.flatMap(({ environment, images }) => {
        const found = images.get(`${name} ${digest}`);
        return found === undefined ? [] : [{ environment, ...found }];
      }),
    damaged: told.flatMap(({ environment, damaged }) =>
      damaged === 0 ? [] : [{ environment, lines: damaged }],
    ),
  };
}

type Launched = Omit<LaunchedWhere, 'environment'>;

/** By name and digest: a name alone may be of another catalogue, from which this one was restored. */
function imagesIn(launches: readonly LaunchEntry[], template: string): Map<string, Launched> {
  const images = new Map<string, Launched>();
  let newest: string | undefined;
  const leave = (state: Launched['state']) => {
    const known = newest === undefined ? undefined : images.get(newest);
    if (newest !== undefined && known !== undefined) images.set(newest, { ...known, state });
    newest = undefined;
  };
  for (const { template: of, result, action, image, digest, at } of launches) {
    if (of !== template) continue;
    if (action === 'stop') {
      if (result === 'stopped') leave('stopped');
    } else if (result === 'healthy') {
      leave('replaced');
      newest = `${image} ${digest}`;
      images.set(newest, { at, state: 'newest' });
    }
  }
  return images;
}
