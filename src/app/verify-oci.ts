import type { StageLog } from '../core/events.ts';
import { Fault } from '../core/fault.ts';
import type { Scope } from '../core/scope.ts';
import { together } from '../core/together.ts';
import type { OciRef } from '../forms/form.ts';
import type { HealthReport } from '../health/result.ts';
import type { Machine } from '../platforms/platform.ts';
import { scanTree, type Tree } from '../tree/capture.ts';
import { compareTrees } from '../tree/compare.ts';
import { assertHealthy } from './assert-healthy.ts';
import type { Bake } from './bake.ts';

const MAX_PATHS = 20;

export interface Verified {
  readonly health: HealthReport;
  /** The container that was checked; it is of no more use. */
  readonly machine: Machine;
}

/**
 * Verifies the container form: a fresh container of it passes the same checks, and its tree, read back from one that
 * never ran, is the tree's digest. The tree is read while the services are watched to stay up.
 */
export async function verifyOci(
  bake: Bake,
  ref: OciRef,
  tree: Tree,
  { scope, log, signal }: { scope: Scope; log: StageLog; signal: AbortSignal },
): Promise<Verified> {
  const { id, template, docker } = bake;
  const { init } = template.container;
  const spec = {
    bake: id,
    template: template.name,
    purpose: 'verify',
    base: ref.digest,
    init,
    asImage: true,
  };
  const machine = await docker.platform.start(spec, scope, signal);
  // The one that was baked in goes while this one is checked.
  bake.onMachine(machine);
  const [health] = await together(signal, [
    (both) => assertHealthy(machine, template, { log, signal: both }),
    (both) => assertSameTree(bake, ref, tree, scope, both),
  ]);
  return { health, machine };
}

async function assertSameTree(
  bake: Bake,
  ref: OciRef,
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
