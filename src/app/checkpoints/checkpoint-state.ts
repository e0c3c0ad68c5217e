import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfFile } from '../../core/file-digest.ts';
import type { OciStore } from '../../forms/oci/oci-store.ts';
import type { MachineKind, SavedState } from './checkpoint.ts';

/** Where states are kept; the engine is asked for those of containers only. */
export interface StateStores {
  /** `$KILN_HOME`. */
  readonly home: string;
  readonly images: Pick<OciStore, 'inspect' | 'untag' | 'removeNameless'>;
}

/** Whether a state is still where it was put, and as it was. */
export async function stateIsThere(
  machine: MachineKind,
  { at, digest }: SavedState,
  { home, images }: StateStores,
  signal: AbortSignal,
): Promise<boolean> {
  if (machine === 'container') return (await images.inspect(at, signal))?.id === digest;
  try {
    return (await digestOfFile(join(home, at), signal)) === digest;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Removes a state, or what there is of it. */
export async function removeState(
  machine: MachineKind,
  { at, digest }: { readonly at: string; readonly digest?: SavedState['digest'] },
  { home, images }: StateStores,
): Promise<void> {
  if (machine === 'vm') return await rm(join(home, at), { force: true });
  // The name is the last one, unless another image lies over it: then the image only loses it.
  await images.untag(at);
  if (digest !== undefined) await images.removeNameless(digest);
}
