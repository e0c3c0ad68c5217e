import type { Digest } from '../../core/digest.ts';
import type { StageLog } from '../../core/events.ts';
import { withLock } from '../../core/lock.ts';
import { ownerOf } from '../../core/process-owner.ts';
import type { Scope } from '../../core/scope.ts';
import type { Bake } from '../bake.ts';
import type { BakeMachine } from '../bake-machine.ts';
import type { BakePlan } from '../plan-bake.ts';
import { CHECKPOINT_KIND, type Checkpoint, checkpointName, savedBy, stepOrigins } from './checkpoint.ts';
import {
  checkpointLock,
  markReplaced,
  readCheckpoints,
  removeMark,
  type StateMark,
  stateAt,
  writeCheckpoint,
  writeMark,
} from './checkpoint-files.ts';
import type { StateStores } from './checkpoint-state.ts';
import { removeLeftState, removeLeftStates } from './left-states.ts';

/** What a bake works with while it saves what its machine is. */
export interface SavingAround {
  readonly plan: BakePlan;
  /** What the machine was started from, when that was a checkpoint. */
  readonly resumed: Checkpoint | undefined;
  readonly started: Pick<BakeMachine, 'checkpoint' | 'over'>;
  readonly scope: Scope;
  readonly log: StageLog;
  readonly signal: AbortSignal;
}

/** What is done when a converge step has run: with `--checkpoints` what the machine is by then is saved. */
export function savingCheckpoints(bake: Bake, around: SavingAround): (step: number) => Promise<void> {
  const { id, template, home, docker, checkpoints } = bake;
  const { plan, resumed, started, scope, log, signal } = around;
  if (!checkpoints) return async () => {};
  const origins = stepOrigins(template.converge, plan.bundle);
  const common = {
    kind: CHECKPOINT_KIND,
    template: template.name,
    machine: template.machine === 'vm' ? 'vm' : 'container',
    bakes: [...(resumed?.bakes ?? []), id] as unknown as Checkpoint['bakes'],
    base: plan.base.digest,
    init: template.container.init,
  } as const;
  const { over } = started;
  const ports = { stores: { home, images: docker.images }, scope, note: log.note };
  return async (step) => {
    const saved = new Date().toISOString();
    const checkpoint = { ...common, step, saved, steps: origins.slice(0, step) };
    await saveCheckpoint(
      { ...checkpoint, ...(over === undefined ? {} : { over }) },
      started.checkpoint,
      ports,
      signal,
    );
    const name = checkpointName({ step });
    log.note(`saved ${name}: \`bake image ${bake.template.name} --from ${name}\` goes on from there`);
  };
}

/** A checkpoint before its state is there, and what that will lie over. */
export type CheckpointDraft = Omit<Checkpoint, 'state'> & { readonly over?: Digest };

/**
 * Saves a state and makes it the newest checkpoint after that step: the one before it goes when this one is in its place.
 * What is there when it fails is the scope's to remove, and of a process that is killed `bake gc`'s.
 */
export async function saveCheckpoint(
  { over, ...draft }: CheckpointDraft,
  save: (at: string, signal: AbortSignal) => Promise<Digest>,
  {
    stores,
    scope,
    note,
  }: { readonly stores: StateStores; readonly scope: Scope; readonly note: (message: string) => void },
  signal: AbortSignal,
): Promise<void> {
  const { home } = stores;
  const bake = savedBy(draft);
  const below = over === undefined ? {} : { over };
  const at = stateAt(draft, bake);
  const { template, machine, step } = draft;
  const key = { template, machine, step };
  const mark: StateMark = { ...key, bake, state: { at, ...below }, owner: await ownerOf(process.pid) };
  await writeMark(home, mark);
  const saving = save(at, signal);
  const remove = async (late: AbortSignal) => {
    await saving.catch(() => {});
    await removeLeftState(mark, stores, late);
  };
  const forget = scope.defer(`${checkpointName(key)} of ${template}`, remove, 'bake gc');
  // Nobody else may hear of it when an abort comes first.
  saving.catch(() => {});
  const digest = await unlessAborted(saving, signal);
  await withLock(checkpointLock(home, template), signal, async () => {
    const saved = await readCheckpoints(home, template);
    const before = saved.find((one) => one.machine === machine && one.step === step);
    if (before !== undefined) await markReplaced(home, before);
    await writeCheckpoint(home, { ...draft, state: { at, digest, ...below } });
    await removeMark(home, mark);
    forget();
  });
  await removeLeftStates(template, stores, note, signal);
}

/** Ends at once with an aborted signal, though the work goes on for a while. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
