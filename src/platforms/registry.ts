import type { Engine } from './docker/engine.ts';
import type { Platform } from './platform.ts';

/** The Docker engine with what bakes need of it: machines, and the store of its images. Loaded on first use. */
export async function openDocker(signal: AbortSignal) {
  const [{ connectEngine }, { dockerPlatform }, { imageStore }] = await Promise.all([
    import('./docker/engine.ts'),
    import('./docker/docker-platform.ts'),
    import('./docker/image-store.ts'),
  ]);
  const engine: Engine = await connectEngine(signal);
  const platform: Platform = dockerPlatform(engine);
  return { platform, images: imageStore(engine), address: engine.address };
}
