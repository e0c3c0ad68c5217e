import type Docker from 'dockerode';
import { connectEngine } from '../../src/platforms/docker/engine.ts';

/** Removes from the engine what tests leave in it: all of environments and of images that are called `test-…`. */
export async function cleanEngine(): Promise<void> {
  const { docker } = await connectEngine(AbortSignal.timeout(10_000));
  await removeInstances(docker);
  await removeImages(docker);
}

async function removeInstances(docker: Docker): Promise<void> {
  const launched = await docker.listContainers({ all: true, filters: { label: ['kiln.environment'] } });
  const ours = launched.filter(({ Labels }) => Labels['kiln.environment']?.startsWith('test-'));
  for (const { Id } of ours) await docker.getContainer(Id).remove({ force: true, v: true });
  const networks = (await docker.listNetworks()).filter(({ Name }) => Name.startsWith('kiln-test-'));
  for (const { Id } of networks) await docker.getNetwork(Id).remove();
}

async function removeImages(docker: Docker): Promise<void> {
  const images = await docker.listImages();
  const names = images
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter((name) => name.startsWith('kiln/test-') || name.startsWith('kiln/checkpoint/test-'))
    // the newest checkpoints first, which lie over others
    .sort()
    .reverse();
  for (const name of names) await docker.getImage(name).remove({ noprune: true });
}
