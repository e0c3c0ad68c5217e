import type { StageLog } from '../core/events.ts';
import { Fault } from '../core/fault.ts';
import type { Scope } from '../core/scope.ts';
import type { FormRef } from '../forms/form.ts';
import type { HealthReport } from '../health/result.ts';
import { scanTree, type Tree } from '../tree/capture.ts';
import { compareTrees } from '../tree/compare.ts';
import { assertHealthy } from './assert-healthy.ts';
import type { Bake } from './bake-image.ts';

const MAX_PATHS = 20;

/**
 * Verifies the container form: its tree, read back from a container that never ran, is the tree's digest, and a
 * fresh container of it passes the same checks. Both side by side.
 */
export async function verifyOci(
  bake: Bake,
  ref: FormRef,
  tree: Tree,
  { scope, log, signal }: { scope: Scope; log: StageLog; signal: AbortSignal },
): Promise<HealthReport> {
  // The one that fails first ends the other, so that nothing is still at work when the clean-up begins.
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const settled = await Promise.allSettled(
    [assertSameTree(bake, ref, tree, scope, both), startAndCheck(bake, ref, scope, log, both)].map((work) =>
      work.catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    ),
  );
  if (failed.signal.aborted) throw failed.signal.reason;
  const [, health] = settled;
  if (health?.status !== 'fulfilled') throw new Error('a verification ended without a verdict');
  return health.value as HealthReport;
}

async function startAndCheck(
  bake: Bake,
  ref: FormRef,
  scope: Scope,
  log: StageLog,
  signal: AbortSignal,
): Promise<HealthReport> {
  const { template } = bake;
  const spec = {
    bake: bake.id,
    template: template.name,
    purpose: 'verify',
    base: ref.digest,
    init: template.container.init,
  };
  const machine = await bake.docker.platform.start({ ...spec, asImage: true }, scope, signal);
  return await assertHealthy(machine, template, { log, signal });
}

async function assertSameTree(
  bake: Bake,
  ref: FormRef,
  tree: Tree,
  scope: Scope,
  signal: AbortSignal,
): Promise<void> {
  const source = await bake.oci(bake.id).readTree(ref, scope, signal);
  const read = await scanTree(source, signal);
  if (read.digest === tree.digest) return;
  const changes = compareTrees(tree.manifest, read.manifest);
  throw new Fault(
    'VERIFY_MISMATCH',
    `the ${ref.kind} form holds ${read.digest}, which is not the tree ${tree.digest}`,
    {
      details: changes
        .slice(0, MAX_PATHS)
        .map(({ path, kind, what }) => `/${path}: ${kind} ${what.join(', ')}`),
      hint: 'This is most likely a fault of Kiln or of the engine’s storage: keep the log and report it.',
    },
  );
}
