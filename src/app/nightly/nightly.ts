import { assertValid } from '../../config/assert-valid.ts';
import { loadEnvironments } from '../../config/environments.ts';
import { findWorkspace } from '../../config/find-workspace.ts';
import { loadWorkspace, requireTemplate } from '../../config/workspace.ts';
import { WORKSPACE_FILE } from '../../config/workspace-file.ts';
import type { Reporter } from '../../core/events.ts';
import { openBakery } from '../bakery.ts';
import { inOrder } from '../in-order.ts';
import { capacityOf } from './capacity.ts';
import { withNightlyLock } from './nightly-lock.ts';
import { planNightly } from './plan-nightly.ts';
import { pruneAfter } from './prune-after.ts';
import { rebuild } from './rebuild.ts';
import type { NightlyOutcome, NightlyReport } from './report.ts';
import { rollOut } from './roll-out.ts';
import type { Shard } from './shard.ts';

export interface NightlyRequest {
  /** The workspace's folder, or one in it. */
  readonly workspace: string;
  /** Templates; all when it is left out. */
  readonly only?: readonly string[];
  /** How many at once; as many as the machine has processors when it is left out. */
  readonly jobs?: number;
  readonly shard?: Shard;
  /** Milliseconds. */
  readonly ifOlderThan?: number;
}

export interface NightlyPorts {
  readonly reporter: Reporter;
  readonly say: (message: string) => void;
}

/**
 * Rebuilds all templates from clean, each after those that it starts from, and publishes what has come out differently.
 * One that fails leaves the others at work. In the end what was published is launched where the workspace says, and what
 * no rule keeps is pruned where it asks for that.
 *
 * Throws before anything is baked: `TEMPLATE_UNKNOWN`, `CONFIG_INVALID` of kiln.yaml, `NIGHTLY_RUNS`.
 */
export async function nightly(
  request: NightlyRequest,
  { reporter, say }: NightlyPorts,
  signal: AbortSignal,
): Promise<NightlyReport> {
  const { only, shard, ifOlderThan } = request;
  const root = await findWorkspace(request.workspace);
  const [workspace, environments] = await Promise.all([
    loadWorkspace(root, signal),
    loadEnvironments(root, {}, signal),
  ]);
  assertValid(environments.problems.filter(({ file }) => file === WORKSPACE_FILE));
  for (const name of only ?? [])
    if (!workspace.templateNames.includes(name)) requireTemplate(workspace, name);
  const bakery = openBakery(signal);

  return await withNightlyLock(bakery.home, shard, signal, async () => {
    const started = new Date();
    const jobs = await planNightly(workspace, request, bakery.catalogue);
    const capacity = capacityOf(request.jobs);
    say(`${counted(jobs.length)}, up to ${capacity.jobs} at once`);
    const around = {
      workspace,
      bakery,
      reporter,
      now: () => new Date(),
      ...(ifOlderThan === undefined ? {} : { ifOlderThan }),
    };
    const templates = await inOrder(jobs, capacity, (job, base: NightlyOutcome | undefined) =>
      rebuild(job, base, around, signal),
    );
    const launch = await rollOut(templates, { workspace: root, environments, reporter, say }, signal);
    const prune = await pruneAfter(environments, { workspace: root, say }, signal);
    return {
      started: started.toISOString(),
      ms: Date.now() - started.getTime(),
      jobs: capacity.jobs,
      ...(shard === undefined ? {} : { shard }),
      templates,
      ...(launch === undefined ? {} : { launch }),
      ...(prune === undefined ? {} : { prune }),
    };
  });
}

function counted(count: number): string {
  return count === 1 ? '1 template' : `${count} templates`;
}
