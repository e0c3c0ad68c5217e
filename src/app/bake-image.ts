import { join } from 'node:path';
import type { ImageRecord } from '../catalogue/record.ts';
import type { Template } from '../config/template.ts';
import { converge } from '../converge/converge.ts';
import { assertProven } from '../converge/prove.ts';
import { BUNDLE_FOLDER, stageBundle } from '../converge/stage-bundle.ts';
import type { StageLog } from '../core/events.ts';
import type { Scope } from '../core/scope.ts';
import { together } from '../core/together.ts';
import type { Machine } from '../platforms/platform.ts';
import { assertSealed, auditSealed } from '../seal/audit.ts';
import { sealTree } from '../seal/seal-tree.ts';
import { type CaptureOptions, captureTree } from '../tree/capture.ts';
import { Spool } from '../tree/spool.ts';
import { assertHealthy } from './assert-healthy.ts';
import type { Bake } from './bake.ts';
import { startBakeMachine } from './bake-machine.ts';
import { baseContext } from './bakery.ts';
import { findCheckpoint } from './checkpoints/find-checkpoint.ts';
import { savingCheckpoints } from './checkpoints/save-checkpoint.ts';
import { confirmImage } from './confirm-image.ts';
import { planBake } from './plan-bake.ts';
import { stillThere } from './prune/still-there.ts';
import { publishImage, type VerifiedForm } from './publish-image.ts';
import type { ShippedForm } from './ship-form.ts';
import { shippings } from './shipping.ts';
import { takeInventory } from './take-inventory.ts';

/** What a bake came to. */
export interface BakedImage {
  readonly record: ImageRecord;
  /** The bake came to the newest image once more, which was confirmed; nothing was published. */
  readonly unchanged?: true;
}

/**
 * Bakes one template: a clean machine is converged, proven and checked; what is left of it is sealed and read as
 * one tree; the tree becomes an image in each of its forms, which are verified and published together. Nothing is published when anything fails,
 * and the scope removes what was made.
 */
export async function bakeImage(bake: Bake, scope: Scope, signal: AbortSignal): Promise<BakedImage> {
  const { template, stages, catalogue } = bake;
  const { init } = template.container;

  const { plan, resumed, base } = await stages.run('resolve', async (log) => {
    if (template.forms.includes('ami')) await (await bake.ec2(template.ami.region)).amis.connect(signal);
    const around = { ...bake, root: bake.workspace.root };
    const plan = await planBake(bake.workspace, template, catalogue, baseContext(around, scope, log, signal));
    const resumed = await findCheckpoint(bake, plan, { scope, log, signal });
    const base = await plan.base.prepare();
    const { image } = plan.base;
    if (image !== undefined) await stillThere(image, { ...bake, say: log.note }, signal);
    return { plan, resumed, base };
  });

  const started = await stages.run('start', (log) =>
    startBakeMachine(bake, base, resumed, { scope, log, signal }),
  );
  const { machine } = started;
  bake.onMachine(machine);

  const options = { bundle: BUNDLE_FOLDER, base: template.base, signal };
  const converged = await stages.run('converge', async (log) => {
    await stageBundle(machine, plan.bundle, BUNDLE_FOLDER, signal);
    const onStep = savingCheckpoints(bake, { plan, resumed, started, scope, log, signal });
    const rest = { after: resumed?.step ?? 0, onStep };
    return await converge(machine, template.converge, { ...options, ...rest, run: 'converge', log });
  });

  const prove = (all: AbortSignal) =>
    stages.run('prove', async (log) => {
      const again = { ...options, run: 'prove', log, signal: all } as const;
      const steps = await converge(machine, template.converge, again);
      const proof = assertProven(steps, template['allow-changes']);
      for (const { resource } of proof.unused)
        log.note(`allow-changes names ${resource}, which did not change`);
      return { steps, allowed: [...proof.allowed, ...proof.unproven] };
    });
  const check = (all: AbortSignal) =>
    stages.run('check', async (log) => {
      // Without an init the image's command runs only where it is process 1: in the container that verifies it.
      if (init === 'none') log.note('the checks are asked in verify, where the image’s command runs');
      const around = { log, signal: all };
      const report = init === 'none' ? undefined : await assertHealthy(machine, template, around);
      return { report, ...(await takeInventory(machine, all)) };
    });
  // A proof changes nothing, so that both may look at the same time; what it may change all the same is checked after it.
  const [proven, checked] =
    template['allow-changes'].length === 0
      ? await together(signal, [prove, check])
      : ([await prove(signal), await check(signal)] as const);

  const { epoch } = base;
  const { source, manifest } = await stages.run('seal', async () => {
    if (started.sealed !== undefined) return { manifest: [], source: await started.sealed(signal) };
    const [shutDown, manifest] = await Promise.all([started.snapshot(signal), base.manifest()]);
    const paths = new Set(manifest.map(({ path }) => path));
    return { manifest, source: sealTree(shutDown, { epoch, inBase: (path) => paths.has(path) }) };
  });

  await using spool = await Spool.create(join(bake.work, `tree-${bake.id}`));
  const tree = await stages.run('snapshot', async () => {
    const audit = auditSealed([bake.id, ...(resumed?.bakes ?? [])]);
    const below = base.layers.length === 0 ? [] : manifest;
    const content = contentFor(template);
    const captured = await bake.reading(signal, () =>
      captureTree(source, { base: below, content, epoch, spool, audit, signal }),
    );
    assertSealed(audit);
    return captured;
  });

  const confirmed = bake.ifChanged ? await confirmImage(bake, { plan, base, tree }, signal) : undefined;
  if (confirmed !== undefined) {
    for (const stage of ['master', 'verify', 'publish'] as const)
      stages.skip(stage, `it is ${confirmed.name} once more, which is confirmed`);
    return { record: confirmed, unchanged: true };
  }

  const shipped = await stages.run('master', (log) =>
    together(
      signal,
      shippings(bake, base, started).map(
        (form) => (all: AbortSignal) => form.master(tree, { scope, log, signal: all }),
      ),
    ),
  );

  // Nothing of the tree is read from the machine any more: what a form is made of is in the spool.
  const verified = await verifyForms(bake, shipped, machine, scope, signal);

  const results = { plan, base, resumed, converged, proven, checked, tree, shipped, verified };
  const [record] = await stages.run('publish', (log) =>
    together(signal, [
      (both) => publishImage(bake, results, { scope, log, signal: both }),
      ...verified.map((one) => () => letGo(one, log)),
    ]),
  );
  return { record };
}

/** The image is as good as it was if this fails: its scope tries once more, and tells what is left. */
async function letGo({ form, machine }: VerifiedForm, log: StageLog): Promise<void> {
  await machine?.remove().catch((error: unknown) => {
    log.note(`the machine that verified the ${form} form is not gone yet: ${String(error)}`);
  });
}

/** What the forms are made of: an instance becomes its AMI itself, and a disk takes nothing from a base. */
function contentFor({ machine, forms }: Template): CaptureOptions['content'] {
  if (machine === 'instance') return 'none';
  return forms.some((form) => form !== 'oci') ? 'whole' : 'changed';
}

/** Starts each form fresh, all of them at once, while the machine that they were baked in goes. */
async function verifyForms(
  { stages, verify }: Bake,
  shipped: readonly ShippedForm[],
  machine: Machine,
  scope: Scope,
  signal: AbortSignal,
): Promise<readonly VerifiedForm[]> {
  if (!verify) {
    stages.skip('verify', '--no-verify: the image may be launched in the first environment only');
    await machine.remove();
    return [];
  }
  return await stages.run('verify', async (log) => {
    const [verified] = await together<[VerifiedForm[], unknown]>(signal, [
      (both) =>
        together(
          both,
          shipped.map((form) => async (all: AbortSignal) => {
            const verified = await form.verify({ scope, log, signal: all });
            return { form: form.mastered.ref.kind, ...verified };
          }),
        ),
      () => machine.remove(),
    ]);
    return verified;
  });
}
