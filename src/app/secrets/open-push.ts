import type { ParameterStore } from '../../platforms/parameter-store.ts';
import { openParameters } from '../../platforms/registry.ts';

/** Where `pushSecrets` writes to. */
export async function openPush(region: string): Promise<ParameterStore> {
  return await openParameters(region);
}
