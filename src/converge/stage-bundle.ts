import type { Machine } from '../platforms/platform.ts';
import type { Bundle } from './bundle.ts';

/** The folder of a machine where the bundle is unpacked: on its tmpfs, so that it is in no image. */
export const BUNDLE_FOLDER = '/run/kiln/bundle';

/** Unpacks the bundle in the machine; throws DIGEST_MISMATCH when a file has changed since it was built. */
export async function stageBundle(
  machine: Machine,
  bundle: Bundle,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await machine.upload(folder, bundle.stream(), signal);
}
