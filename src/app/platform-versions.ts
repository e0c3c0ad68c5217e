import type { Bake } from './bake.ts';

/** What a bake's machines and forms were run and made by, as its record names it. */
export async function platformVersions(
  { template, docker, qemu }: Bake,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { machine, forms } = template;
  const inEngine = machine === 'container' || forms.includes('oci');
  const inQemu = machine === 'vm' || forms.includes('disk');
  return {
    ...(inEngine ? { engine: await docker.images.engineVersion(signal) } : {}),
    ...(inQemu ? { qemu: await (await qemu()).version(signal) } : {}),
  };
}
