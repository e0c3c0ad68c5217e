import type { Digest } from '../../core/digest.ts';
import { type Engine, engineFault } from './engine.ts';

/**
 * Keeps a container's files, as they are at one moment, as an image of this name; its labels go along. The engine cannot
 * be told to stop once it is at it, so it is waited for, whatever is aborted meanwhile.
 */
export async function commitContainer(
  { docker }: Engine,
  id: string,
  name: string,
  signal: AbortSignal,
): Promise<Digest> {
  signal.throwIfAborted();
  const [repo, tag] = name.split(':');
  try {
    const { Id } = (await docker.getContainer(id).commit({ repo, tag, pause: true })) as { Id: Digest };
    return Id;
  } catch (error) {
    throw engineFault(`save the machine as ${name}`, error);
  }
}
