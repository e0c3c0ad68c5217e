import type { Bake } from './bake.ts';
import type { Verified } from './ship-form.ts';

/** What a bake's machines and forms were run and made by, as its record names it. */
export async function platformVersions(
  { template, docker, qemu }: Bake,
  verified: readonly Verified[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { machine, forms } = template;
  const inEngine = machine === 'container' || forms.includes('oci');
  const inQemu =
    machine === 'vm' || forms.includes('disk') || verified.some(({ startedAs }) => startedAs === 'vm');
  return {
    ...(inEngine ? { engine: await docker.images.engineVersion(signal) } : {}),
    ...(inQemu ? { qemu: await (await qemu()).version(signal) } : {}),
  };
}
