import type Docker from 'dockerode';
import { connectEngine } from '../../src/platforms/docker/engine.ts';

/** Everything that an engine, the usual one unless said, holds: one line each, sorted: equal before and after means that nothing was left. */
export async function engineContents(engine?: Docker): Promise<string[]> {
  const docker = engine ?? (await connectEngine(AbortSignal.timeout(10_000))).docker;
  const [containers, images, { Volumes }, networks] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listImages({ all: true }),
    docker.listVolumes(),
    docker.listNetworks(),
  ]);
  return [
    ...containers.map(({ Names, State }) => `container ${Names.join(' ')} ${State}`),
    ...images.map(({ Id, RepoTags }) => `image ${Id} ${[...(RepoTags ?? [])].sort().join(' ')}`),
    ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ...networks.map(({ Name }) => `network ${Name}`),
  ].sort();
}
