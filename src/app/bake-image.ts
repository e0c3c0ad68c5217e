import { join } from 'node:path';
import type { ImageRecord } from '../catalogue/record.ts';
import { converge } from '../converge/converge.ts';
import { assertProven } from '../converge/prove.ts';
import { BUNDLE_FOLDER, stageBundle } from '../converge/stage-bundle.ts';
import type { Scope } from '../core/scope.ts';
import { together } from '../core/together.ts';
import { assertSealed, auditSealed } from '../seal/audit.ts';
import { sealTree } from '../seal/seal-tree.ts';
import { captureTree } from '../tree/capture.ts';
import { Spool } from '../tree/spool.ts';
import { assertHealthy } from './assert-healthy.ts';
import type { Bake } from './bake.ts';
import { baseContext, runConfig } from './bakery.ts';
import { planBake } from './plan-bake.ts';
import { publishImage } from './publish-image.ts';
import { takeInventory } from './take-inventory.ts';
import { verifyOci } from './verify-oci.ts';

/**
 * Bakes one template: a clean machine is converged, proven and checked; what is left of it is sealed and read as
 * one tree; the tree becomes an image that is verified and published. Nothing is published when anything fails,
 * and the scope removes what was made.
 */
export async function bakeImage(bake: Bake, scope: Scope, signal: AbortSignal): Promise<ImageRecord> {
  const { template, stages, docker, catalogue } = bake;
  const { init } = template.container;
  const context = { bake: bake.id, template: template.name, init };

  const { plan, base } = await stages.run('resolve', async (log) => {
    const plan = await planBake(bake.workspace, template, catalogue, baseContext(bake, scope, log, signal));
    return { plan, base: await plan.base.prepare() };
  });

  const machine = await stages.run('start', () =>
    docker.platform.start({ ...context, purpose: 'bake', base: base.image, asImage: false }, scope, signal),
  );
  bake.onMachine(machine);

  const options = { bundle: BUNDLE_FOLDER, base: template.base, signal };
  const converged = await stages.run('converge', async (log) => {
    await stageBundle(machine, plan.bundle, BUNDLE_FOLDER, signal);
    return await converge(machine, template.converge, { ...options, run: 'converge', log });
  });

  const proven = await stages.run('prove', async (log) => {
    const steps = await converge(machine, template.converge, { ...options, run: 'prove', log });
    const proof = assertProven(steps, template['allow-changes']);
    for (const { resource } of proof.unused)
      log.note(`allow-changes names ${resource}, which did not change`);
    return { steps, allowed: [...proof.allowed, ...proof.unproven] };
  });

  const checked = await stages.run('check', async (log) => {
    // Without an init the image's command runs only where it is process 1: in the container that verifies it.
    if (init === 'none') log.note('the checks are asked in verify, where the image’s command runs');
    const report = init === 'none' ? undefined : await assertHealthy(machine, template, { log, signal });
    return { report, ...(await takeInventory(machine, signal)) };
  });

  const { epoch } = base;
  const { source, manifest } = await stages.run('seal', async () => {
    const [shutDown, manifest] = await Promise.all([
      docker.platform.snapshot(machine, signal),
      base.manifest(),
    ]);
    const paths = new Set(manifest.map(({ path }) => path));
    return { manifest, source: sealTree(shutDown, { epoch, inBase: (path) => paths.has(path) }) };
  });

  await using spool = await Spool.create(join(bake.work, `tree-${bake.id}`));
  const tree = await stages.run('snapshot', async () => {
    const audit = auditSealed([bake.id]);
    const captured = await captureTree(source, { base: manifest, epoch, spool, audit, signal });
    assertSealed(audit);
    return captured;
  });

  const mastered = await stages.run('master', () => {
    const { layers: baseLayers, architecture } = base;
    const spec = {
      bake: bake.id,
      baseLayers,
      architecture,
      epoch,
      run: runConfig(base.run, template, tree.digest),
    };
    return bake.oci(bake.id).master(tree, spec, scope, signal);
  });

  const [verified] = await stages.run('verify', (log) =>
    together(signal, [
      (both) => verifyOci(bake, mastered.ref, tree, { scope, log, signal: both }),
      // Nothing of the tree is read from it any more: what differs from the base is in the spool.
      () => machine.remove(),
    ]),
  );

  const results = { plan, base, converged, proven, checked, tree, mastered, verified: verified.health };
  const [record] = await stages.run('publish', (log) =>
    together(signal, [(both) => publishImage(bake, results, log, both), () => verified.machine.remove()]),
  );
  return record;
}
