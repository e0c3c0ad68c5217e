import type { ImageRecord } from '../../catalogue/record.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import { Fault } from '../../core/fault.ts';
import type { Instance, Launcher } from '../../platforms/launcher.ts';
import { readManifest } from '../../tree/manifest.ts';
import { type DriftChange, driftOf } from './drift-of.ts';

export interface ImageDriftPorts {
  readonly launcher: Pick<Launcher, 'readTree'>;
  readonly catalogue: Pick<Catalogue, 'manifestPath'>;
  /** How long an instance may take, all tries together: 2 min when not given. */
  readonly deadlineMs?: number;
}

/** Two seconds are usual; a file with a hole of terabytes would take for ever. */
const DEADLINE_MS = 120_000;
const TRIES = 3;

/**
 * Compares a running instance's tree with its image's. `TIMEOUT`, `RECORD_DAMAGED` when the image's manifest is gone,
 * `ENGINE_FAILED`, `QEMU_FAILED` or `MACHINE_LOST` when the tree cannot be read.
 */
export async function driftFromImage(
  instance: Instance,
  record: ImageRecord,
  { launcher, catalogue, deadlineMs = DEADLINE_MS }: ImageDriftPorts,
  signal: AbortSignal,
): Promise<DriftChange[]> {
  const manifest = await readManifest(catalogue.manifestPath(record.digest), record.manifest.digest);
  const deadline = AbortSignal.timeout(deadlineMs);
  const state = record.runtime?.state ?? [];
  const both = AbortSignal.any([signal, deadline]);
  for (let left = TRIES - 1; ; left--) {
    try {
      return await driftOf(launcher.readTree(instance), manifest, state, both);
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted) throw late(instance, deadlineMs, error);
      // An engine's export of what runs ends in the middle when a file shrinks under it.
      const again = error instanceof Fault && error.code === 'ENGINE_FAILED' && left > 0;
      if (!again) throw error;
    }
  }
}

function late({ name }: Instance, deadlineMs: number, cause: unknown): Fault {
  return new Fault('TIMEOUT', `the files of ${name} were not read within ${deadlineMs / 1000} s`, {
    hint: 'A file in it may be very large.',
    cause,
  });
}

/** `1 path differs from the image` */
export function pathsDiffer(count: number): string {
  return `${count} ${count === 1 ? 'path differs' : 'paths differ'} from the image`;
}
