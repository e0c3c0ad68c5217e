import type { Instance, InstanceSpec } from '../../platforms/launcher.ts';
import type { PlatformName } from '../../platforms/platform.ts';
import { driftFromImage, pathsDiffer } from './drift-from-image.ts';
import { healthNow } from './instance-health.ts';
import type { LaunchPorts } from './launch-ports.ts';
import type { PlannedImage } from './plan-image.ts';
import { recordOf } from './record-of.ts';
import type { Place } from './settle.ts';

/** Why a place gets another instance; nothing when the one that serves there is just what it should be. */
export async function whyReplace(
  place: Place | undefined,
  spec: Omit<InstanceSpec, 'launch'>,
  plan: PlannedImage,
  ports: Pick<LaunchPorts, 'launcher' | 'catalogue'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const serving = place?.serving;
  if (serving === undefined) return whyNothingServes(place);
  const other = differs(serving, spec, plan.platform) ?? (await onlyForDev(serving, spec, ports));
  if (other !== undefined) return other;
  const { healthy, why } = await healthNow(ports.launcher, serving, plan.runtime, signal);
  return healthy ? undefined : `it was not healthy: ${why}`;
}

/** The same for a launch that only replaces what drifted. */
export async function whyReplaceDrifted(
  place: Place | undefined,
  plan: PlannedImage,
  ports: Pick<LaunchPorts, 'launcher' | 'catalogue'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const serving = place?.serving;
  if (serving === undefined) return whyNothingServes(place);
  const changes = await driftFromImage(serving, plan.chosen.record, ports, signal);
  return changes.length === 0 ? undefined : `it had drifted: ${pathsDiffer(changes.length)}`;
}

function whyNothingServes(place: Place | undefined): string {
  return place === undefined ? 'nothing ran there' : 'what ran there has ended';
}

function differs(
  serving: Instance,
  spec: Omit<InstanceSpec, 'launch'>,
  platform: PlatformName,
): string | undefined {
  if (serving.digest !== spec.digest) return `it ran ${serving.image}`;
  if (serving.platform !== platform) return `it ran on ${serving.platform}`;
  if (serving.form !== spec.form) return `it ran ${serving.image}`;
  if (serving.runs !== serving.form) return 'it did not run the bytes that it was labelled with';
  return serving.inputs === spec.inputs ? undefined : 'its data, ports or secrets are others now';
}

/** Of the same bytes, but no environment after this one would take it as long as it goes by that name. */
async function onlyForDev(
  serving: Instance,
  { image }: Omit<InstanceSpec, 'launch'>,
  { catalogue }: Pick<LaunchPorts, 'catalogue'>,
): Promise<string | undefined> {
  if (serving.image === image) return undefined;
  const record = await recordOf(serving, catalogue);
  return 'resumed' in record ? `it ran ${serving.image}, which was baked from a checkpoint` : undefined;
}
