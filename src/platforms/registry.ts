import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheHome, kilnHome } from '../core/home.ts';
import { ownWork } from '../core/own-work.ts';
import type { AmiRegion } from './ami-region.ts';
import type { CloudAccess } from './cloud-access.ts';
import type { CloudLeftovers } from './cloud-leftovers.ts';
import type { Engine } from './docker/engine.ts';
import type { Aws } from './ec2/aws.ts';
import type { Ec2LauncherOptions } from './ec2/ec2-launcher.ts';
import type { WantedAmi } from './ec2/find-vendor-ami.ts';
import type { Use } from './ec2/permissions.ts';
import type { Launcher } from './launcher.ts';
import type { ParameterStore } from './parameter-store.ts';
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

/** EC2 in a region, or in the one that is configured, with what is done by it. Loaded on first use; nothing is sent yet. */
export async function openEc2(region?: string) {
  const [{ connectAws }, { amiStore }, { ec2Platform }, { findVendorAmi }] = await Promise.all([
    import('./ec2/aws.ts'),
    import('./ec2/ami-store.ts'),
    import('./ec2/ec2-platform.ts'),
    import('./ec2/find-vendor-ami.ts'),
  ]);
  const aws = await connectAws(region);
  return {
    region: aws.region,
    amis: amiStore(aws),
    machines: ec2Platform(aws, { work: ownWork(kilnHome()) }),
    findAmi: (source: WantedAmi, signal: AbortSignal) => findVendorAmi(aws, source, signal),
  };
}

/** Instances at AWS. Loaded on first use; nothing is sent yet. */
export async function openEc2Launcher(options: Ec2LauncherOptions): Promise<Launcher> {
  const { ec2Launcher } = await import('./ec2/ec2-launcher.ts');
  return ec2Launcher(options);
}

/** Parameter Store in a region. Loaded on first use; nothing is sent yet. */
export async function openParameters(region: string): Promise<ParameterStore> {
  const [{ connectAws }, { ssmParameters }] = await Promise.all([
    import('./ec2/aws.ts'),
    import('./ec2/ssm-parameters.ts'),
  ]);
  return await ssmParameters(await connectAws(region));
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

/** What gc does in EC2, in any region; `region` is where it begins. Loaded on first use; nothing is sent yet. */
export async function openEc2Leftovers(region?: string): Promise<CloudLeftovers> {
  const [{ connectAws }, { ec2Leftovers }] = await Promise.all([
    import('./ec2/aws.ts'),
    import('./ec2/leftovers.ts'),
  ]);
  return ec2Leftovers(await connectAws(region));
}

/** Asks whether what we need of EC2 is allowed; in a region, or in the one that is configured. `CLOUD_…` faults. */
export async function askEc2Access(
  region: string | undefined,
  uses: readonly Use[],
  signal: AbortSignal,
): Promise<CloudAccess> {
  const [{ connectAws }, { askAccess }] = await Promise.all([
    import('./ec2/aws.ts'),
    import('./ec2/ask-access.ts'),
  ]);
  return await askAccess(await connectAws(region), uses, signal);
}
