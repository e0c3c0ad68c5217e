import { imagesInUse } from '../../core/ledger-runs.ts';
import { withLock } from '../../core/lock.ts';
import { ownerLives } from '../../core/process-owner.ts';
import { type Checkpoint, savedBy } from './checkpoint.ts';
import {
  checkpointLock,
  markTime,
  readCheckpoints,
  readMarks,
  removeMark,
  type StateMark,
} from './checkpoint-files.ts';
import { removeState, type StateStores } from './checkpoint-state.ts';

/** No engine takes longer to save a machine. */
const SAVING_MS = 10 * 60_000;

/** What is marked, and nobody is making. */
export interface LeftState {
  readonly mark: StateMark;
  /** It is a checkpoint's after all: only the mark is left. */
  readonly named: boolean;
  /** A checkpoint lies over it, or a bake that lives goes on from it, so that it cannot go yet. */
  readonly needed: boolean;
}

/** A template's states that were half made, or that others have replaced; what can go first comes first. */
export async function leftStates(home: string, template: string, lives = ownerLives): Promise<LeftState[]> {
  const checkpoints = await readCheckpoints(home, template);
  const used = (await imagesInUse(home)).map(({ digest }) => digest);
  const below = new Set<string | undefined>([...checkpoints.map(({ state }) => state.over), ...used]);
  const left: LeftState[] = [];
  for (const mark of await readMarks(home, template)) {
    const { owner, state } = mark;
    const making = owner !== undefined && (await lives(owner));
    const needed = state.digest !== undefined && below.has(state.digest);
    if (making || needed) below.add(state.over);
    if (!making) left.push({ mark, named: names(checkpoints, mark), needed });
  }
  return left;
}

/**
 * Whether an engine may still be saving a state for somebody who was killed: it goes on, and gives the name at the end.
 * Until then there is nothing to remove, and the mark is all that tells of it.
 */
export async function mayComeYet(
  mark: StateMark,
  { home, images }: StateStores,
  signal: AbortSignal,
  now: () => number,
): Promise<boolean> {
  const { machine, state, owner } = mark;
  if (machine !== 'container' || owner === undefined || state.digest !== undefined) return false;
  const age = now() - (await markTime(home, mark));
  return age < SAVING_MS && (await images.inspect(state.at, signal)) === undefined;
}

/** Removes one such state and then its mark; one that a checkpoint names after all keeps its files. */
export async function removeLeftState(
  mark: StateMark,
  stores: StateStores,
  signal: AbortSignal,
): Promise<void> {
  const { home } = stores;
  const { template, machine, state } = mark;
  await withLock(checkpointLock(home, template), signal, async () => {
    if (!names(await readCheckpoints(home, template), mark)) await removeState(machine, state, stores);
    await removeMark(home, mark);
  });
}

/** Removes all of them that can go; what cannot be removed is told, and `bake gc` finds it. */
export async function removeLeftStates(
  template: string,
  stores: StateStores,
  note: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const { mark, named, needed } of await leftStates(stores.home, template)) {
    if (needed) continue;
    try {
      if (!named && (await mayComeYet(mark, stores, signal, Date.now))) continue;
      await removeLeftState(mark, stores, signal);
    } catch (error) {
      signal.throwIfAborted();
      note(
        `a checkpoint that is of no use any more is left, ${mark.state.at}; \`bake gc\` removes it: ${String(error)}`,
      );
    }
  }
}

function names(checkpoints: readonly Checkpoint[], { machine, step, bake }: StateMark): boolean {
  return checkpoints.some((one) => one.machine === machine && one.step === step && savedBy(one) === bake);
}
