import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadyBase } from '../bases/base.ts';
import type { ImageForm, ImageRecord } from '../catalogue/record.ts';
import { canonicalJson } from '../core/digest.ts';
import { Fault } from '../core/fault.ts';
import type { Tree } from '../tree/capture.ts';
import type { Bake } from './bake.ts';
import type { BakePlan } from './plan-bake.ts';
import { recordedRuntime } from './recorded-runtime.ts';

/**
 * The newest image, when this bake has come to the same: its very content, made by the same template into the same
 * forms, which are still there, and to be run and checked the same way. That it was is noted beside its record.
 *
 * The template must be the same because it says of a form what no tree holds: a command, a disk's size.
 */
export async function confirmImage(
  bake: Bake,
  { plan, base, tree }: { readonly plan: BakePlan; readonly base: ReadyBase; readonly tree: Tree },
  signal: AbortSignal,
): Promise<ImageRecord | undefined> {
  const { catalogue, template } = bake;
  const newest = await catalogue.latest(template.name).catch(noneIfDamaged);
  if (newest === undefined || newest.digest !== tree.digest) return undefined;
  if (newest.unverified || newest.resumed !== undefined) return undefined;
  // One that is revoked for its base alone can be launched again on another.
  const isOnAnother = newest.base.image !== plan.base.image;
  const revoked = isOnAnother ? await catalogue.revocationOf(newest) : undefined;
  if (revoked !== undefined && revoked.digest !== newest.digest) return undefined;
  const runtime = recordedRuntime(template, base.run);
  const same =
    newest.bakeKey.parts.template === plan.key.parts.template &&
    canonicalJson(newest.runtime ?? {}) === canonicalJson(runtime) &&
    canonicalJson(newest.forms.map(({ kind }) => kind)) === canonicalJson(template.forms);
  if (!same || !(await areThere(newest.forms, bake, signal))) return undefined;
  await catalogue.confirm(newest, { bake: bake.id, at: new Date().toISOString() });
  return newest;
}

/** What nobody can read is no image to confirm; the next one takes its place. */
function noneIfDamaged(error: unknown): undefined {
  if (!(error instanceof Fault) || error.code !== 'RECORD_DAMAGED') throw error;
}

/** Whether all forms could be launched. That they are unaltered is what a launch looks at. */
async function areThere(forms: readonly ImageForm[], bake: Bake, signal: AbortSignal): Promise<boolean> {
  const found = await Promise.all(
    forms.map(async (form) => {
      if (form.kind === 'oci') return (await bake.docker.images.inspect(form.digest, signal)) !== undefined;
      if (form.kind === 'ami') return await (await bake.ec2(form.region)).amis.isThere(form.id, signal);
      const file = await stat(join(bake.home, form.file)).catch(() => undefined);
      return file?.size === form.size;
    }),
  );
  return found.every(Boolean);
}
