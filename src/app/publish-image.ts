import type { ReadyBase } from '../bases/base.ts';
import { manifestFile } from '../catalogue/image-files.ts';
import type { ImageRecord, RecordDraft, VerifiedFormRecord } from '../catalogue/record.ts';
import type { StepResult } from '../converge/result.ts';
import type { StageLog } from '../core/events.ts';
import type { Scope } from '../core/scope.ts';
import { together } from '../core/together.ts';
import { kilnVersion } from '../core/version.ts';
import type { HealthReport } from '../health/result.ts';
import type { Tree } from '../tree/capture.ts';
import type { Bake } from './bake.ts';
import { type Checkpoint, savedBy } from './checkpoints/checkpoint.ts';
import { dropCheckpoints } from './checkpoints/drop-checkpoints.ts';
import type { BakePlan } from './plan-bake.ts';
import { platformVersions } from './platform-versions.ts';
import { recordedBundle } from './recorded-bundle.ts';
import { recordedRuntime } from './recorded-runtime.ts';
import type { ShippedForm, Verified } from './ship-form.ts';
import type { TakenInventory } from './take-inventory.ts';
import { writeTreeLists } from './tree-lists.ts';

/** What the stages before have come to. */
export interface BakeResults {
  readonly plan: BakePlan;
  readonly base: ReadyBase;
  /** What the machine was started from, when that was not the base. */
  readonly resumed: Checkpoint | undefined;
  readonly converged: readonly StepResult[];
  readonly proven: Pick<ImageRecord['prove'], 'steps' | 'allowed'>;
  readonly checked: TakenInventory & { readonly report: HealthReport | undefined };
  readonly tree: Tree;
  readonly shipped: readonly ShippedForm[];
  /** Empty when the forms were not started. */
  readonly verified: readonly VerifiedForm[];
}

/** A form that was started once. */
export interface VerifiedForm extends Verified {
  readonly form: 'oci' | 'disk' | 'ami';
}

/** Gives the image its version and names, and writes its record as the last thing: before that it does not exist. */
export async function publishImage(
  bake: Bake,
  results: BakeResults,
  { scope, log, signal }: { readonly scope: Scope; readonly log: StageLog; readonly signal: AbortSignal },
): Promise<ImageRecord> {
  const { catalogue } = bake;
  const { tree, shipped, checked } = results;
  const draft = await draftRecord(bake, results, signal);
  const intent = scope.intend({ kind: 'publish', template: draft.template, tree: tree.digest });
  let keepLists = () => {};
  const record = await catalogue.publish(draft, async (version) => {
    // What a record speaks of is on disk before it is. Written once the version is taken: only from there on does a
    // prune leave alone what an image has in common with one that goes.
    keepLists = await writeTreeLists(bake, tree, checked, scope);
    signal.throwIfAborted();
    // None is still at work when one has failed, as then the scope removes what they have made.
    return await together(
      signal,
      shipped.map((form) => () => form.mastered.publish(bake.template.name, version)),
    );
  });
  keepLists();
  for (const { mastered } of shipped) mastered.keep();
  await followLatest(bake, record, shipped).catch((error: unknown) => {
    // It is published: the name is a convenience, and the next bake sets it again.
    log.note(`kiln/${record.template}:latest does not follow ${record.name}: ${String(error)}`);
  });
  intent.settle();
  if (record.resumed !== undefined) log.note('it was baked from a checkpoint: only dev takes it');
  if (results.resumed === undefined && !bake.checkpoints) await dropCheckpoints(bake, log, signal);
  return record;
}

async function followLatest(
  { catalogue }: Bake,
  record: ImageRecord,
  shipped: readonly ShippedForm[],
): Promise<void> {
  // Whoever takes it by this name asks no rule whether it may go there.
  if (record.resumed !== undefined) return;
  const newest = (await catalogue.versions(record.template)).at(-1);
  if (newest !== record.version) return;
  for (const { follow } of shipped) await follow?.(record.template);
}

async function draftRecord(bake: Bake, results: BakeResults, signal: AbortSignal): Promise<RecordDraft> {
  const { plan, base, converged, proven, checked, tree, verified } = results;
  const { name, source, digest, image } = plan.base;
  const resumed = resumedFrom(results);
  const tools = Object.fromEntries(
    [...proven.steps, ...converged].map(({ tool, version }) => [tool, version]),
  );
  return {
    template: bake.template.name,
    bake: bake.id,
    created: new Date().toISOString(),
    digest: tree.digest,
    bytes: tree.bytes,
    bakeKey: plan.key,
    base: {
      name,
      source,
      digest,
      ...(base.tree === undefined ? {} : { tree: base.tree }),
      ...(image === undefined ? {} : { image }),
      epoch: new Date(base.epoch * 1000).toISOString(),
    },
    bundle: recordedBundle(plan.bundle),
    tools: { kiln: kilnVersion(), ...(await platformVersions(bake, verified, signal)), ...tools },
    converge: converged,
    prove: proven,
    checks: {
      ...(checked.report === undefined ? {} : { check: checked.report }),
      verify: verified.map(verifiedForm),
    },
    ...(verified.some(({ health }) => health !== undefined) ? {} : { unverified: true as const }),
    ...(resumed === undefined ? {} : { resumed }),
    inventory: checked.inventory,
    stages: bake.stages.times,
    manifest: { digest: tree.digest, file: manifestFile(tree.digest) },
    runtime: recordedRuntime(bake.template, base.run),
  };
}

function verifiedForm({ form, health, startedAs }: VerifiedForm): VerifiedFormRecord {
  return {
    form,
    ...(health === undefined ? {} : { report: health }),
    ...(startedAs === undefined ? {} : { startedAs }),
  };
}

/** Its own bake's checkpoint, else that of an image that it is based on. */
function resumedFrom({ plan, resumed }: BakeResults): ImageRecord['resumed'] {
  return resumed === undefined ? plan.base.resumed : { step: resumed.step, bake: savedBy(resumed) };
}
