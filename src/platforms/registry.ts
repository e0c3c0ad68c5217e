import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheHome, kilnHome } from '../core/home.ts';
import type { AmiRegion } from './ami-region.ts';
import type { Engine } from './docker/engine.ts';
import type { Aws } from './ec2/aws.ts';
import type { Launcher } from './launcher.ts';
import type { Platform } from './platform.ts';
import type { VmBase } from './qemu/qemu-platform.ts';

/** The Docker engine with what is done by it: machines for bakes, the store of its images, instances. Loaded on first use; `host` as DOCKER_HOST has it. */
export async function openDocker(signal: AbortSignal, host?: string) {
  const [{ connectEngine }, { dockerPlatform }, { imageStore }, { dockerLauncher }, { engineLeftovers }] =
    await Promise.all([
      import('./docker/engine.ts'),
      import('./docker/docker-platform.ts'),
      import('./docker/image-store.ts'),
      import('./docker/docker-launcher.ts'),
      import('./docker/engine-leftovers.ts'),
    ]);
  const engine: Engine = await connectEngine(signal, host);
  const platform: Platform = dockerPlatform(engine);
  const launcher: Launcher = dockerLauncher(engine);
  const images = imageStore(engine);
  return { platform, launcher, images, leftovers: engineLeftovers(engine), address: engine.address };
}

/** Virtual machines for bakes. Loaded on first use; QEMU itself is looked for when one is started. */
export async function openQemu() {
  const [{ qemuPlatform }, { qemuVersion }] = await Promise.all([
    import('./qemu/qemu-platform.ts'),
    import('./qemu/qemu-version.ts'),
  ]);
  const platform: Platform<VmBase> = qemuPlatform({ home: kilnHome(), cache: cacheHome() });
  return { ...platform, version: qemuVersion };
}

/** Whether a `$KILN_HOME` has no virtual machine that was launched; it takes no loading of what runs them. */
export async function hasNoVirtualMachine(home: string): Promise<boolean> {
  const names = await readdir(join(home, 'instances')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.length === 0;
}

/** Virtual machines as instances. Loaded on first use; to find and stop them takes no QEMU. */
export async function openQemuLauncher(): Promise<Launcher> {
  const { qemuLauncher } = await import('./qemu/qemu-launcher.ts');
  return qemuLauncher({ home: kilnHome() });
}

/** AMIs of one's account in any region. Loaded on first use; nothing is sent yet. */
export async function openAmiRegions(): Promise<(region: string) => Promise<AmiRegion>> {
  const [{ connectAws }, { amiRegions }] = await Promise.all([
    import('./ec2/aws.ts'),
    import('./ec2/ami-region.ts'),
  ]);
  const regionOf = amiRegions();
  let known: Aws | undefined;
  return async (region) => {
    known ??= await connectAws(region);
    return regionOf(known.in(region));
  };
}

/** EC2 in a region, or in the one that is configured, with what is done by it. Loaded on first use; nothing is sent yet. */
export async function openEc2(region?: string) {
  const [{ connectAws }, { amiStore }] = await Promise.all([
    import('./ec2/aws.ts'),
    import('./ec2/ami-store.ts'),
  ]);
  const aws = await connectAws(region);
  return { region: aws.region, amis: amiStore(aws) };
}
