import type { StageLog } from '../../core/events.ts';
import { withLock } from '../../core/lock.ts';
import type { Bake } from '../bake.ts';
import { checkpointLock, readCheckpoints, readMarks, retireCheckpoint } from './checkpoint-files.ts';
import { removeLeftStates } from './left-states.ts';

/** Removes a template's checkpoints, which nobody needs once the whole of it was baked: its image is published by now, so nothing fails. */
export async function dropCheckpoints(
  { template: { name }, home, docker }: Pick<Bake, 'template' | 'home' | 'docker'>,
  log: StageLog,
  signal: AbortSignal,
): Promise<void> {
  try {
    if ([...(await readCheckpoints(home, name)), ...(await readMarks(home, name))].length === 0) return;
    await withLock(checkpointLock(home, name), signal, async () => {
      for (const checkpoint of await readCheckpoints(home, name)) await retireCheckpoint(home, checkpoint);
    });
    await removeLeftStates(name, { home, images: docker.images }, log.note, signal);
  } catch (error) {
    log.note(`the checkpoints of ${name} were not all removed: ${String(error)}`);
  }
}
