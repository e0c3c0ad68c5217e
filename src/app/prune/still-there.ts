import type { ImageRecord } from '../../catalogue/record.ts';
import type { Catalogue } from '../../catalogue/store.ts';
import { awaitNoHold } from '../launch/launch-lock.ts';

/**
 * The record of an image, `web@7`, that this run has just said that it works from. A prune that decides after this knows
 * it; one that decided sooner is waited for, and `IMAGE_UNKNOWN` tells what it has taken.
 */
export async function stillThere(
  image: string,
  { catalogue, home, say }: StillThereAround,
  signal: AbortSignal,
): Promise<ImageRecord> {
  await awaitNoHold(home, say, signal);
  return await catalogue.get(image);
}

interface StillThereAround {
  readonly catalogue: Pick<Catalogue, 'get'>;
  readonly home: string;
  /** Hears once who is waited for. */
  readonly say: (message: string) => void;
}
