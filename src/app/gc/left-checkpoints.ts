import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import { withLock } from '../../core/lock.ts';
import type { OciStore } from '../../forms/oci/oci-store.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import {
  checkpointedTemplates,
  checkpointFile,
  checkpointLock,
  markFile,
  readCheckpoints,
  retireCheckpoint,
  type StateMark,
} from '../checkpoints/checkpoint-files.ts';
import { type StateStores, stateIsThere } from '../checkpoints/checkpoint-state.ts';
import { type LeftState, leftStates, mayComeYet, removeLeftState } from '../checkpoints/left-states.ts';
import type { Leftover } from './leftover.ts';
import type { Lives } from './living-owners.ts';

const NEEDED = 'a checkpoint lies over it, or a bake goes on from it';
const UNDERWAY = 'the engine may still be saving it';
const UNREACHABLE = 'no engine answers that would remove it';

/** What the engine is asked by it, where there is something of containers at all. */
export type CheckpointImages = StateStores['images'] & Pick<OciStore, 'engineVersion'>;

/**
 * Checkpoints that killed bakes have half made or not removed, and those whose state somebody else has. Without an
 * engine, what containers' are is kept.
 */
export async function leftCheckpoints(
  home: string,
  images: CheckpointImages,
  signal: AbortSignal,
  lives?: Lives,
  now: () => number = Date.now,
): Promise<Leftover[]> {
  const stores = { home, images };
  const found: Leftover[] = [];
  for (const template of await checkpointedTemplates(home)) {
    const checkpoints = await readCheckpoints(home, template);
    const left = await leftStates(home, template, lives);
    const all = [...checkpoints, ...left.map(({ mark }) => mark)];
    const asks = all.some(({ machine }) => machine === 'container');
    const answers = asks && (await engineAnswers(images, signal));
    const canAsk = ({ machine }: Pick<Checkpoint, 'machine'>) => answers || machine === 'vm';
    for (const one of left) {
      const why = await whyKept(one, canAsk(one.mark), () => mayComeYet(one.mark, stores, signal, now));
      found.push(stateLeftover(one, why, stores));
    }
    for (const one of checkpoints.filter(canAsk))
      if (!(await stateIsThere(one.machine, one.state, stores, signal)))
        found.push(uselessLeftover(one, stores));
  }
  return found;
}

async function whyKept(
  { named, needed }: LeftState,
  canAsk: boolean,
  mayCome: () => Promise<boolean>,
): Promise<string | undefined> {
  if (named) return undefined;
  if (needed) return NEEDED;
  if (!canAsk) return UNREACHABLE;
  return (await mayCome()) ? UNDERWAY : undefined;
}

function stateLeftover({ mark, named }: LeftState, keep: string | undefined, stores: StateStores): Leftover {
  const remove = (signal: AbortSignal) => removeLeftState(mark, stores, signal);
  if (named) return { what: 'mark of a checkpoint', where: markFile(stores.home, mark), remove };
  const where = placeOf(mark, stores);
  return { what: 'saved machine', where, remove, ...(keep === undefined ? {} : { keep }) };
}

/** One whose state is gone, or is not what was saved: then that goes with it. */
function uselessLeftover(checkpoint: Checkpoint, stores: StateStores): Leftover {
  const { home } = stores;
  return {
    what: 'checkpoint without its saved machine',
    where: checkpointFile(home, checkpoint),
    async remove(signal) {
      const lock = checkpointLock(home, checkpoint.template);
      await removeLeftState(
        await withLock(lock, signal, () => retireCheckpoint(home, checkpoint)),
        stores,
        signal,
      );
    },
  };
}

function placeOf({ machine, state }: StateMark, { home }: StateStores): string {
  return machine === 'vm' ? join(home, state.at) : state.at;
}

async function engineAnswers(images: CheckpointImages, signal: AbortSignal): Promise<boolean> {
  try {
    await images.engineVersion(signal);
    return true;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'ENGINE_UNREACHABLE') throw error;
    return false;
  }
}
