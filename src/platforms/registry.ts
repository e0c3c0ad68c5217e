import type { Engine } from './docker/engine.ts';
import type { Launcher } from './launcher.ts';
import type { Platform } from './platform.ts';

/** The Docker engine with what is done by it: machines for bakes, the store of its images, instances. Loaded on first use. */
export async function openDocker(signal: AbortSignal) {
  const [{ connectEngine }, { dockerPlatform }, { imageStore }, { dockerLauncher }] = await Promise.all([
    import('./docker/engine.ts'),
    import('./docker/docker-platform.ts'),
    import('./docker/image-store.ts'),
    import('./docker/docker-launcher.ts'),
  ]);
  const engine: Engine = await connectEngine(signal);
  const platform: Platform = dockerPlatform(engine);
  const launcher: Launcher = dockerLauncher(engine);
  return { platform, launcher, images: imageStore(engine), address: engine.address };
}
